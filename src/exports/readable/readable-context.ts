import type { Accounts } from '../../accounts/index.ts';
import type { Audit } from '../../audit/index.ts';
import type { Clients } from '../../clients/index.ts';
import type { Consents } from '../../consents/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import { titlesInSentence } from '../../platform/formats.ts';
import type { ClaimCatalogue, Scopes } from '../../scopes/index.ts';
import type { Sessions } from '../../sessions/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { ExportSubject, ExportWords } from '../export-section.ts';

/** The dependencies of the readable page. */
export interface ReadableContext {
  readonly accounts: Pick<Accounts, 'find' | 'lastSignInAt'>;
  readonly scopes: Pick<Scopes, 'catalogue' | 'claims'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'avatars' | 'records'>;
  readonly sessions: Pick<Sessions, 'list'>;
  readonly clients: Pick<Clients, 'find' | 'listOwnedBy'>;
  readonly consents: Pick<Consents, 'list' | 'history'>;
  readonly ledger: Pick<Ledger, 'list'>;
  readonly audit: Pick<Audit, 'list'>;
  readonly words: ExportWords;
  readonly clock: { readonly now: () => Date };
}

/** Translations and formats of one readable page. */
export function wordsFor(
  { words, clock }: Pick<ReadableContext, 'words' | 'clock'>,
  subject: ExportSubject,
) {
  const { locale, timeZone } = subject;
  return {
    say: (key: string | readonly string[], values: Readonly<Record<string, unknown>> = {}) =>
      words.translate(locale, key, values),
    formats: words.formats({ locale, now: clock.now(), timeZone }),
  };
}

export type Words = ReturnType<typeof wordsFor>;

/** Titles of claims inside a sentence. */
export function claimsInSentence(
  names: readonly string[],
  claims: ClaimCatalogue,
  locale: string,
): string {
  return titlesInSentence(names.map((claim) => claims.titleOf(claim, locale)));
}
