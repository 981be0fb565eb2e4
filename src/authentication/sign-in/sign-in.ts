import { randomUUID } from 'node:crypto';

import { isAbsurdlyLong } from '../../../views/assets/password-rules.js';
import { isRestorable, type Account } from '../../accounts/index.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import { parseIdentifier } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { notifyOfWrongPasswords, readNoticeAddresses } from '../notify-account-owner.ts';
import { createPasswordStore } from '../passwords/password-store.ts';
import type { Proof } from '../proofs/proof.ts';
import { REGISTRATION_LIFE_SECONDS, sendRegistrationCode } from '../registration/register.ts';
import { offerRestoring } from '../registration/restore-account.ts';
import { needsSecondStep } from '../second-factors/needs-second-step.ts';
import { issueTicket } from '../second-factors/second-step-ticket.ts';
import {
  accountCounter,
  identifierCounter,
  type SilentCounter,
  unknownCounter,
  type VisibleCounter,
} from './attempt-counter.ts';
import { browserOf } from './browser.ts';
import { completeKnownSignIn, completeSignIn, findNoticeTarget } from './complete-sign-in.ts';
import { countSignIn, NOTICE_AFTER } from './count-attempt.ts';
import { countOverAllAccounts } from './count-over-all-accounts.ts';
import { type CandidateRows, readCandidate } from './sign-in-candidate-store.ts';
import type { RequiredProof, SignInOutcome } from './sign-in-outcome.ts';

interface SignInInput {
  /** An e-mail, a phone number or a username. */
  readonly identifier: string;
  readonly password: string;
  /** The identifier of the browser; a device that signed in before is not locked. */
  readonly deviceId: string | null;
  readonly ip: string;
  /** The interaction that the link of a registration's mail continues. */
  readonly interactionUid?: string;
  /** By default `usual`. */
  readonly required?: RequiredProof;
}

/** The result of a right password. `amr` as in RFC 8176. */
type SignInResult =
  SignInOutcome | { readonly status: 'email_unconfirmed'; readonly registrationId: string };

/** Everything known about the identifier before the password is checked; found by the same queries for every identifier. */
interface Candidate extends Omit<CandidateRows, 'account'> {
  /** For an unknown identifier: a random id that no account has. */
  readonly accountId: string;
  readonly account: Account | null;
  /** The hash that the password is compared with when the account has none. */
  readonly decoy: string | null;
  readonly visible: VisibleCounter;
  readonly silent: SilentCounter;
  readonly addressIndex: Buffer;
  readonly isTaken: boolean;
}

/**
 * Authenticates a person by e-mail, phone number or username, and the password. All refusals are equal and cost the
 * same. The right password of a person who has not confirmed the address yet gives `email_unconfirmed` and a new code;
 * that of a person who deleted the account gives `deleted`.
 * @throws AppError `sign_in_failed` (kind `unauthenticated`) for everything else, `sign_in_locked` (kind `too_many`) after many
 * wrong passwords, for known and unknown identifiers alike; `sign_ins_paused` (kind `too_many`) in an unknown browser after many wrong
 * passwords for many identifiers.
 */
export async function signIn(
  ctx: AuthenticationContext,
  input: SignInInput,
): Promise<SignInResult> {
  await limitRequests(ctx, 'sign-in', input.ip);
  const candidate = await findCandidate(ctx, input);
  await limitKnownDevice(ctx, candidate, input);
  const matched = await countOverAllAccounts(ctx, { ...candidate, ip: input.ip }, () =>
    matchPassword(ctx, candidate, input.password),
  );
  if (matched.kind === 'wrong') return refuse(ctx, candidate, matched.failures);
  if (matched.kind === 'registering') return requestConfirmation(ctx, candidate, input);
  const { account } = matched;
  const proof: Proof = { accountId: account.id, amr: ['pwd'], generation: account.proofGeneration };
  const cleared = [candidate.visible, candidate.silent];
  const { deviceId, required = 'usual' } = input;
  if (await needsSecondStep(ctx, ctx.db, { account, required, deviceId }))
    return issueTicket(ctx, { proof, cleared, deviceId });
  const deleted = offerRestoring(ctx, { proof, deletion: account.deletion, deviceId });
  if (deleted !== null) return deleted;
  await rehash(ctx, candidate, input.password);
  const completed = { proof, deviceId, cleared };
  if (!candidate.isDeviceKnown || !(await completeKnownSignIn(ctx, completed))) {
    const target = await findNoticeTarget(ctx, proof.accountId);
    await ctx.db.transaction((tx) => completeSignIn(ctx, tx, { ...completed, target }));
  }
  return { status: 'signed_in', ...proof };
}

async function findCandidate(ctx: AuthenticationContext, input: SignInInput): Promise<Candidate> {
  const identifier = parseIdentifier(input.identifier);
  const addressIndex = ctx.vault.indexIdentifier(identifier);
  const unknownId = randomUUID();
  const rows = await readCandidate(ctx.db, {
    owner: ctx.vault.ownerOf(identifier),
    unknownId,
    accountColumn: ctx.accounts.column,
    addressIndex,
    deviceFingerprint: browserOf(input),
    since: new Date(ctx.clock.now().getTime() - REGISTRATION_LIFE_SECONDS * 1000),
  });
  const { ownerId } = rows;
  return {
    ...rows,
    accountId: ownerId ?? unknownId,
    account: ctx.accounts.fromColumn(rows.account),
    decoy: await ctx.decoyHash(addressIndex),
    visible: identifierCounter(ctx, addressIndex),
    silent: ownerId === null ? unknownCounter(ctx, addressIndex) : accountCounter(ctx, ownerId),
    addressIndex,
    isTaken: ownerId !== null,
  };
}

// A stolen device cookie must not bypass the lock.
async function limitKnownDevice(
  ctx: AuthenticationContext,
  { accountId, isDeviceKnown }: Candidate,
  input: SignInInput,
): Promise<void> {
  const browser = browserOf(input);
  if (!isDeviceKnown || browser === null) return;
  const key = `${accountId}:${browser.toString('base64url')}`;
  await limitRequests(ctx, 'sign-in-device', key);
}

/** The owner of a password. */
type Match =
  | { readonly kind: 'owner'; readonly account: Account }
  | { readonly kind: 'registering' }
  | { readonly kind: 'wrong'; readonly failures: number | null };

/** One attempt, counted visibly for the identifier and silently for the account. */
async function matchPassword(
  ctx: AuthenticationContext,
  candidate: Candidate,
  password: string,
): Promise<Match> {
  const { account, visible, silent, isDeviceKnown: passesLock } = candidate;
  let isPending = false;
  const counted = await countSignIn(
    ctx,
    { visible, silent, passesLock },
    {
      isOwner: () => isOwner(ctx, candidate, password),
      isRegistering: async () => {
        isPending = await isRegistering(ctx, candidate, password);
        return isPending;
      },
    },
  );
  if (counted.isOwner && account !== null) return { kind: 'owner', account };
  return isPending ? { kind: 'registering' } : { kind: 'wrong', failures: counted.failures };
}

async function isOwner(
  ctx: AuthenticationContext,
  candidate: Candidate,
  password: string,
): Promise<boolean> {
  const { account } = candidate;
  const isRight = await checkPassword(ctx, candidate, password);
  if (!isRight || account === null) return false;
  return account.status === 'active' || isRestorable(account.deletion, ctx.clock.now());
}

/**
 * Is it the password of the registration that waits? Checked for taken addresses as well: the answer to a person who registers an address
 * and then signs in with that password must not reveal whether the address belonged to an account.
 */
async function isRegistering(
  ctx: AuthenticationContext,
  { pending, isDeviceKnown }: Candidate,
  password: string,
): Promise<boolean> {
  const accountId = pending?.accountId ?? randomUUID();
  const account = await ctx.accounts.read(accountId);
  const hash = await createPasswordStore(ctx.db).find(accountId);
  const isRight = await checkPassword(ctx, { hash, decoy: null, isDeviceKnown }, password);
  return isRight && account?.status === 'temporary';
}

async function checkPassword(
  { hasher }: AuthenticationContext,
  { hash, decoy, isDeviceKnown: isKnown }: Pick<Candidate, 'hash' | 'decoy' | 'isDeviceKnown'>,
  password: string,
): Promise<boolean> {
  if (isAbsurdlyLong(password)) return hasher.verify(null, '', { isKnown });
  return hasher.verify(hash, password, { decoy, isKnown });
}

/** The count of wrong passwords stays, because control of the address has not been proven. */
async function requestConfirmation(
  ctx: AuthenticationContext,
  { pending, isTaken }: Candidate,
  { identifier: email, deviceId, interactionUid }: SignInInput,
): Promise<SignInResult> {
  if (pending === null) throw new Error('a password belongs to a registration that is not there');
  const { flowId: registrationId, accountId } = pending;
  const to = { registrationId, accountId, email, isTaken };
  const from = { deviceId, interactionUid: interactionUid ?? null };
  await sendRegistrationCode(ctx, { ...to, ...from });
  return { status: 'email_unconfirmed', registrationId };
}

async function refuse(
  ctx: AuthenticationContext,
  candidate: Candidate,
  failures: number | null,
): Promise<never> {
  const accountId = candidate.account?.status === 'active' ? candidate.accountId : null;
  const isNoticeDue = failures === NOTICE_AFTER;
  const to = isNoticeDue ? await readNoticeAddresses(ctx, ctx.db, accountId ?? randomUUID()) : [];
  const event = { kind: 'sign_in.failed', accountId, details: { failures } } as const;
  const work = ctx.db.transaction(async (tx) => {
    await ctx.audit.record(tx, event);
    if (!isNoticeDue) return;
    const locale = candidate.account?.locale ?? currentLocale();
    await notifyOfWrongPasswords(ctx, tx, { to, locale, addressIndex: candidate.addressIndex });
  });
  await work.catch((error: unknown) => {
    // The attempt was refused and counted, although the answer reports an outage.
    if (isAppError(error) && error.kind === 'unavailable') ctx.audit.recordUnlessCommitted(event);
    throw error;
  });
  throw new AppError('unauthenticated', 'sign_in_failed');
}

async function rehash(
  { db, hasher }: AuthenticationContext,
  { accountId, hash, isDeviceKnown: isKnown }: Candidate,
  password: string,
): Promise<void> {
  if (hash === null || !hasher.needsRehash(hash)) return;
  const renewed = await hasher.hash(password, { isKnown }).catch((error: unknown) => {
    // The password was right, so a full queue must not refuse it. The next sign-in tries to renew the hash.
    if (isAppError(error, 'busy')) return null;
    throw error;
  });
  if (renewed === null) return;
  await createPasswordStore(db).replace({ accountId, hash: renewed, previous: hash });
}
