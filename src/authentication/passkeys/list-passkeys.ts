import type { AuthenticationContext } from '../context.ts';
import { type Passkey, presentPasskey } from './passkey.ts';
import { createPasskeyStore } from './passkey-store.ts';

/** The passkeys of an account, oldest first, without their keys; none when the key of the account was destroyed. */
export async function listPasskeys(
  { db, vault }: Pick<AuthenticationContext, 'db' | 'vault'>,
  { accountId }: { readonly accountId: string },
): Promise<readonly Passkey[]> {
  const stored = await createPasskeyStore(db).list(accountId);
  const sealer = stored.length === 0 ? null : await vault.findSealer(accountId);
  return sealer === null ? [] : stored.map((passkey) => presentPasskey(sealer, passkey));
}
