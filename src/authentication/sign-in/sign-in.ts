import { randomUUID } from 'node:crypto';

import { isRestorable, type Account } from '../../accounts/index.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { parseIdentifier } from '../../vault/index.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import {
  accountSubject,
  nobodySubject,
  type ShownSubject,
  type SilentSubject,
  typedSubject,
} from './attempt-subject.ts';
import { browserOf } from './browser.ts';
import { completeSignIn, findHolder } from './complete-sign-in.ts';
import { countAttempt, countSilently, NOTICE_AFTER } from './count-attempt.ts';
import { createKnownDeviceStore } from './known-device-store.ts';
import { notifyOfGuessing, provenEmails } from '../notify-account-owner.ts';
import { isAbsurdlyLong } from '../passwords/password-policy.ts';
import { createPasswordStore } from '../passwords/password-store.ts';
import type { Proof } from '../proofs/proof.ts';
import { createPendingRegistrationStore } from '../registration/pending-registration-store.ts';
import { REGISTRATION_LIFE_SECONDS, sendRegistrationCode } from '../registration/register.ts';
import { offerRestoring, type DeletedAccount } from '../registration/restore-account.ts';

export interface SignInInput {
  /** An e-mail, a phone number or a username. */
  readonly identifier: string;
  readonly password: string;
  /** The browser's own identifier; a device that signed in before goes through a lock. */
  readonly deviceId: string | null;
  readonly ip: string;
}

/** The result of a right password. `amr` as in RFC 8176. */
export type SignInResult =
  | ({ readonly status: 'signed_in' } & Proof)
  | { readonly status: 'email_unconfirmed'; readonly registrationId: string }
  | DeletedAccount;

interface PendingRegistration {
  readonly flowId: string;
  readonly accountId: string;
}

/** Everything known about the address before the password is looked at; found by the same queries for every address. */
interface Candidate {
  /** A random id that no account has, when the address is unknown. */
  readonly accountId: string;
  readonly account: Account | null;
  readonly hash: string | null;
  /** The hash that the password is compared with when the account has none. */
  readonly standIn: string | null;
  readonly isDeviceKnown: boolean;
  /** Decides what is shown. */
  readonly typed: ShownSubject;
  /** Over all names of the account; acts like a wrong password. */
  readonly silent: SilentSubject;
  readonly addressIndex: Buffer;
  /** The newest registration of this address that waits for its code, made by any person. */
  readonly pending: PendingRegistration | null;
  readonly isTaken: boolean;
}

/** Recognises a person by e-mail, phone or username, and password. Every wrong answer looks the same and costs the same. */
export async function signIn(
  parts: AuthenticationParts,
  input: SignInInput,
): Promise<SignInResult> {
  await parts.rateLimiter.consume({ name: 'sign-in', key: input.ip, points: 60, perSeconds: 60 });
  const candidate = await findCandidate(parts, input);
  await limitKnownDevice(parts, candidate, input);
  const matched = await match(parts, candidate, input.password);
  if (matched.kind === 'nobody') return refuse(parts, candidate, matched.failures);
  if (matched.kind === 'registering') {
    return askToConfirm(parts, matched.pending, { ...input, isTaken: candidate.isTaken });
  }
  const { account } = matched;
  const proof: Proof = {
    accountId: account.id,
    amr: ['pwd'],
    generation: account.proofGeneration,
  };
  const deleted = offerRestoring(parts, { proof, deletion: account.deletion, ...input });
  if (deleted !== null) return deleted;
  await rehash(parts, candidate, input.password);
  const forgiven = [candidate.typed, candidate.silent];
  const holder = await findHolder(parts, proof.accountId);
  const completed = { proof, deviceId: input.deviceId, holder, forgiven };
  await parts.db.transaction((tx) => completeSignIn(parts, tx, completed));
  return { status: 'signed_in', ...proof };
}

/** Whose password it is. */
type Match =
  | { readonly kind: 'holder'; readonly account: Account }
  | { readonly kind: 'registering'; readonly pending: PendingRegistration }
  | { readonly kind: 'nobody'; readonly failures: number | null };

/** One attempt, counted for the typed name and, without a trace, for the account. */
async function match(
  parts: AuthenticationParts,
  candidate: Candidate,
  password: string,
): Promise<Match> {
  const { account, typed, silent, isDeviceKnown: passesLock } = candidate;
  const seen: { matched: Match } = { matched: { kind: 'nobody', failures: null } };
  await countAttempt(parts, typed, {
    passesLock,
    check: async () => {
      const { isRight, failures } = await countSilently(parts, silent, {
        passesLock,
        check: () => isHolder(parts, candidate, password),
      });
      const pending = isRight ? null : await findRegistering(parts, candidate, password);
      if (isRight && account !== null) seen.matched = { kind: 'holder', account };
      else if (pending !== null) seen.matched = { kind: 'registering', pending };
      else seen.matched = { kind: 'nobody', failures };
      return seen.matched.kind !== 'nobody';
    },
  });
  return seen.matched;
}

async function findCandidate(parts: AuthenticationParts, input: SignInInput): Promise<Candidate> {
  const identifier = parseIdentifier(input.identifier);
  const addressIndex = parts.vault.indexIdentifier(identifier);
  const since = new Date(parts.clock.now().getTime() - REGISTRATION_LIFE_SECONDS * 1000);
  const owner = await parts.vault.findIdentifier(identifier);
  const accountId = owner?.accountId ?? randomUUID();
  return {
    accountId,
    account: await parts.accounts.find(accountId),
    hash: await createPasswordStore(parts.db).find(accountId),
    standIn: await parts.decoyHash(addressIndex),
    isDeviceKnown: await createKnownDeviceStore(parts.db).isKnown(accountId, browserOf(input)),
    typed: typedSubject(parts, addressIndex),
    silent: owner === null ? nobodySubject(parts, addressIndex) : accountSubject(parts, accountId),
    addressIndex,
    pending: await createPendingRegistrationStore(parts.db).findNewest(addressIndex, since),
    isTaken: owner !== null,
  };
}

async function isHolder(
  parts: AuthenticationParts,
  { account, hash, standIn }: Candidate,
  password: string,
): Promise<boolean> {
  const isRight = await checkPassword(parts, { hash, standIn }, password);
  if (!isRight || account === null) return false;
  return account.status === 'active' || isRestorable(account.deletion, parts.clock.now());
}

/**
 * Is it the password of the registration that waits? Checked for taken addresses as well: the answer to a person who registers an address
 * and then signs in with that password must not reveal whether the address belonged to an account.
 */
async function findRegistering(
  parts: AuthenticationParts,
  { pending }: Candidate,
  password: string,
): Promise<PendingRegistration | null> {
  const accountId = pending?.accountId ?? randomUUID();
  const account = await parts.accounts.find(accountId);
  const hash = await createPasswordStore(parts.db).find(accountId);
  const isRight = await checkPassword(parts, { hash, standIn: null }, password);
  return isRight && account?.status === 'temporary' ? pending : null;
}

/** The count of wrong passwords stays, because control of the address has not been proven. */
async function askToConfirm(
  parts: AuthenticationParts,
  { flowId, accountId }: PendingRegistration,
  {
    identifier,
    deviceId,
    isTaken,
  }: Pick<SignInInput, 'identifier' | 'deviceId'> & { readonly isTaken: boolean },
): Promise<SignInResult> {
  await sendRegistrationCode(parts, {
    registrationId: flowId,
    accountId,
    email: identifier,
    isTaken,
    deviceId,
  });
  return { status: 'email_unconfirmed', registrationId: flowId };
}

// A stolen device cookie must not be a way around the lock.
async function limitKnownDevice(
  parts: AuthenticationParts,
  candidate: Candidate,
  input: SignInInput,
): Promise<void> {
  const browser = browserOf(input);
  if (!candidate.isDeviceKnown || browser === null) return;
  const key = `${candidate.accountId}:${browser.toString('base64url')}`;
  await parts.rateLimiter.consume({ name: 'sign-in-device', key, points: 30, perSeconds: 900 });
}

async function checkPassword(
  parts: AuthenticationParts,
  { hash, standIn }: Pick<Candidate, 'hash' | 'standIn'>,
  password: string,
): Promise<boolean> {
  if (isAbsurdlyLong(password)) return parts.hasher.verify(null, '');
  return parts.hasher.verify(hash, password, standIn);
}

async function refuse(
  parts: AuthenticationParts,
  candidate: Candidate,
  failures: number | null,
): Promise<never> {
  const known = candidate.account?.status === 'active' ? candidate.accountId : null;
  const isNoticeDue = failures === NOTICE_AFTER;
  const to = known !== null && isNoticeDue ? await provenEmails(parts, known) : [];
  const event = { kind: 'sign_in.failed', accountId: known, details: { failures } } as const;
  const work = parts.db.transaction(async (tx) => {
    await parts.audit.record(tx, event);
    if (!isNoticeDue) return;
    const locale = candidate.account?.locale ?? currentRequest()?.locale ?? 'en';
    await notifyOfGuessing(parts, tx, { to, locale, addressIndex: candidate.addressIndex });
  });
  await work.catch((error: unknown) => {
    // The attempt was refused and counted, although the answer is an outage.
    if (isAppError(error) && error.kind === 'unavailable') parts.audit.recordAlone(event);
    throw error;
  });
  throw new AppError('unauthenticated', 'sign_in_failed');
}

async function rehash(
  parts: AuthenticationParts,
  { accountId, hash }: Candidate,
  password: string,
): Promise<void> {
  if (hash === null || !parts.hasher.needsRehash(hash)) return;
  const renewed = await parts.hasher.hash(password).catch((error: unknown) => {
    // The password was right: a queue that is full now must not refuse it. The next sign-in tries again.
    if (isAppError(error, 'busy')) return null;
    throw error;
  });
  if (renewed === null) return;
  await createPasswordStore(parts.db).replace({ accountId, hash: renewed, previous: hash });
}
