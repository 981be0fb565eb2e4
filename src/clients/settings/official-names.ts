import { foldLookAlikes } from '../../platform/clean-text.ts';
import { createClientStore } from '../client-store.ts';
import type { ClientsContext } from '../context.ts';
import type { StoredClient } from '../stored-client.ts';

const ACCENTS = /[\u0300-\u036F]/g;
const BETWEEN_WORDS = /[^\p{L}\p{M}\p{N}]+/u;

/**
 * Does the name of an app look like one that people trust? Such names are those of this service and its operator, also inside of a longer
 * name, and those of verified and first-party apps of others. Case, spaces, accents and look-alike letters do not count.
 */
export async function looksOfficial(
  { db, brand }: Pick<ClientsContext, 'db' | 'brand'>,
  { ownerAccountId, name }: Pick<StoredClient, 'ownerAccountId' | 'name'>,
): Promise<boolean> {
  const words = wordsOf(name);
  const own = [brand.name, brand.operator.name ?? ''].map(wordsOf);
  if (own.some((official) => contains(words, official))) return true;
  const trusted = await createClientStore(db).trustedNames(ownerAccountId);
  return trusted.some((other) => wordsOf(other).join('') === words.join(''));
}

function wordsOf(name: string): string[] {
  const plain = name.normalize('NFKD').replaceAll(ACCENTS, '');
  return foldLookAlikes(plain).split(BETWEEN_WORDS).filter(Boolean);
}

/** True also for a name whose words are joined or divided. */
function contains(words: readonly string[], official: readonly string[]): boolean {
  const [wanted, all] = [official.join(''), words.join('')];
  if (wanted === '' || !all.includes(wanted)) return false;
  const starts = words.map((_, index) => words.slice(0, index).join('').length);
  return starts.some((start) =>
    [...starts, all.length].some((end) => all.slice(start, end) === wanted),
  );
}
