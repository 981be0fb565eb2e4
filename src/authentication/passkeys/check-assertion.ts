import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { notify } from '../second-factors/recovery-codes.ts';
import { readAssertion } from './credential-answer.ts';
import { passkeyMethods } from './passkey.ts';
import { type ChallengeUse, openChallenge, useChallenge } from './passkey-challenge.ts';
import { createPasskeyStore, type StoredPasskey } from './passkey-store.ts';
import { type RightAssertion, verifyAssertion } from './webauthn.ts';

interface AssertionInput {
  readonly use: Exclude<ChallengeUse, 'create'>;
  /** The account of the first step; null in a sign-in without a name: the passkey names its owner. */
  readonly accountId: string | null;
  readonly ticket: string;
  /** The JSON of the `PublicKeyCredential` that the browser returned. */
  readonly answer: unknown;
  readonly deviceId: string | null;
}

/**
 * `used`: the assertion counts. `replayed`: its challenge was answered before. `refused`: the passkey was removed or blocked, or its
 * counter shows that a copy of it may exist.
 */
export type PasskeyUse = 'used' | 'replayed' | 'refused';

/** A right assertion. It counts when `use` records it in the commit of the sign-in. */
export interface CheckedAssertion {
  readonly accountId: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly use: (tx: Database) => Promise<PasskeyUse>;
}

/**
 * Checks an assertion with a passkey of this site (WebAuthn Level 3 §7.2).
 * @returns null when it is not right: unknown or blocked passkey, another owner, challenge, origin, site or key, no user verification.
 * @throws AppError `passkey_expired` (kind `gone`) when the challenge is not answerable here.
 */
export async function checkAssertion(
  ctx: AuthenticationContext,
  input: AssertionInput,
): Promise<CheckedAssertion | null> {
  const opened = openChallenge(ctx, input);
  const answer = readAssertion(input.answer);
  if (answer === null) return null;
  const store = createPasskeyStore(ctx.db);
  const passkey = await store.findByCredential(Buffer.from(answer.id, 'base64url'));
  if (passkey === null || passkey.blockedAt !== null) return null;
  const { accountId, publicKey } = passkey;
  const owner = await store.findOwner(accountId);
  const { userHandle } = answer.response;
  // Step 6: an authenticator names the owner; it may leave the name out only after the first step named the account.
  const isOwner =
    userHandle === undefined
      ? input.accountId !== null
      : owner?.userHandle.equals(Buffer.from(userHandle, 'base64url')) === true;
  if (!isOwner || (input.accountId !== null && input.accountId !== accountId)) return null;
  const { relyingParty } = ctx;
  const { challenge } = opened;
  const right = await verifyAssertion({ relyingParty, challenge, answer, publicKey });
  // Step 18: this flag never changes.
  if (right === null || right.isBackupEligible !== passkey.isBackupEligible) return null;
  return {
    accountId,
    amr: passkeyMethods(passkey),
    use: async (tx) =>
      (await useChallenge(tx, opened)) ? recordUse(ctx, tx, { passkey, right }) : 'replayed',
  };
}

interface RecordedUse {
  readonly passkey: StoredPasskey;
  readonly right: RightAssertion;
}

/**
 * A counter that does not grow shows that the key exists twice (step 22): the passkey is blocked, because the server cannot
 * determine which one is the owner's. Authenticators without a counter always return zero.
 */
async function recordUse(
  ctx: AuthenticationContext,
  tx: Database,
  { passkey: { id, accountId }, right }: RecordedUse,
): Promise<PasskeyUse> {
  const store = createPasskeyStore(tx);
  const current = await store.lock(id);
  if (current === null || current.blockedAt !== null) return 'refused';
  const usedAt = ctx.clock.now();
  const hasCounter = right.signCount > 0 || current.signCount > 0;
  if (hasCounter && right.signCount <= current.signCount) {
    await store.block(id, usedAt);
    await ctx.audit.record(tx, { kind: 'passkey.blocked', accountId });
    await notify(ctx, tx, { accountId, template: 'passkey-blocked', values: {} });
    return 'refused';
  }
  const { signCount, isBackedUp } = right;
  await store.recordUse({ id, signCount, isBackedUp, usedAt });
  return 'used';
}
