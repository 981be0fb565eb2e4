import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { parseImportedHash } from './imported-hash.ts';
import { createPasswordStore } from './password-store.ts';

/** Can this server check the hash at an acceptable cost? */
export function isImportableHash(hash: string): boolean {
  return parseImportedHash(hash) !== null;
}

/** Stores hashes of other systems for new accounts; see `imported-hash.ts` for the kinds. */
export async function importPasswords(
  { clock }: AuthenticationContext,
  tx: Database,
  rows: readonly { readonly accountId: string; readonly hash: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  const changedAt = clock.now();
  await createPasswordStore(tx).insertMany(
    rows.map(({ accountId, hash }) => {
      const parsed = parseImportedHash(hash);
      if (parsed === null) throw new AppError('invalid', 'password_hash_unknown');
      const { scheme } = parsed;
      return { accountId, hash: parsed.kind === 'argon2' ? parsed.phc : hash, scheme, changedAt };
    }),
  );
}
