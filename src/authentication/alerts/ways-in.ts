import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { createPasswordStore } from '../passwords/password-store.ts';
import { createCodeStore } from '../proofs/code-store.ts';
import { createPasskeyStore } from '../passkeys/passkey-store.ts';
import { createRecoveryCodeStore } from '../second-factors/recovery-code-store.ts';
import { settleSecondFactor } from '../second-factors/settle-second-factor.ts';
import { createTotpStore } from '../second-factors/totp-store.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';

/** A report that another person has acted in an account. */
interface Intrusion {
  readonly accountId: string;
  /** Nothing that was added to the account from then on is trusted. */
  readonly since: Date;
  /** The e-mail whose reader reported it: it stays, or comes back. */
  readonly reporter: string;
}

type EndWayIn = (ctx: AuthenticationContext, tx: Database, intrusion: Intrusion) => Promise<void>;

/**
 * Ends each way into an account that an intruder may know or have added. A new factor gets an entry here. The addresses are
 * first, because their rows are locked before those of the account everywhere.
 */
export const WAYS_IN: readonly EndWayIn[] = [
  ({ vault }, tx, { accountId, since, reporter }) =>
    vault.endAddressesSince(tx, { accountId, since, kept: reporter }),
  // Until a reset by an address that is left, the account has no password.
  (_ctx, tx, { accountId }) => createPasswordStore(tx).remove(accountId),
  ({ clock }, tx, { accountId }) => createCodeStore(tx).endResets(accountId, clock.now()),
  endAuthenticator,
  endPasskeys,
  (_ctx, tx, { accountId, since }) => createRecoveryCodeStore(tx).removeSince(accountId, since),
  (_ctx, tx, { accountId }) => createKnownDeviceStore(tx).endTrust(accountId),
  // Every session, grant, known browser and unfinished sign-in.
  ({ accounts }, tx, { accountId }) => accounts.signOutEverywhereIn(tx, { accountId }),
];

async function endAuthenticator(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, since }: Intrusion,
): Promise<void> {
  const store = createTotpStore(tx);
  const authenticator = await store.find(accountId);
  if (authenticator === null || authenticator.createdAt < since) return;
  await store.remove(accountId);
  await settleSecondFactor(ctx, tx, accountId);
}

async function endPasskeys(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, since }: Intrusion,
): Promise<void> {
  const removed = await createPasskeyStore(tx).removeSince(accountId, since);
  if (removed > 0) await settleSecondFactor(ctx, tx, accountId);
}
