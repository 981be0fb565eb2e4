import { AppError } from '../../platform/app-error.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { createTotpStore, totpContext } from './totp-store.ts';
import { findTotpStep } from './totp.ts';

interface CodeInput {
  readonly accountId: string;
  readonly code: string;
}

/** Uses a matching code up, in the commit that needs it. @returns false when another request used it first. */
export type OneTimeUse = (tx: Database) => Promise<boolean>;

/** Compares a code with the authenticator app of the account. @returns null for a wrong code. */
export async function matchTotpCode(
  ctx: AuthenticationContext,
  { accountId, code }: CodeInput,
): Promise<OneTimeUse | null> {
  const credential = await createTotpStore(ctx.db).find(accountId);
  if (credential === null) return null;
  const sealer = await sealerOf(ctx, accountId);
  const secret = sealer.open(credential.sealedSecret, totpContext(accountId)).toString('utf8');
  const usedAt = ctx.clock.now();
  const step = findTotpStep({ secret, code, now: usedAt });
  if (step === null) return null;
  return (tx) => createTotpStore(tx).useStep({ accountId, step, usedAt });
}

/** The sealer of the account, whose key encrypts the secret. @throws AppError `account_not_found`. */
export async function sealerOf(
  { vault }: Pick<AuthenticationContext, 'vault'>,
  accountId: string,
): Promise<Sealer> {
  const sealer = await vault.findSealer(accountId);
  if (sealer === null) throw new AppError('not_found', 'account_not_found');
  return sealer;
}
