import { randomUUID } from 'node:crypto';

import { isProofCurrent } from '../../accounts/index.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { completeSignIn, findHolder } from '../sign-in/complete-sign-in.ts';
import { codeError, guessCode, type GuessOutcome, useLink } from '../proofs/guess-code.ts';
import { linkFingerprint } from '../proofs/issue-code.ts';
import { createLinkStore } from '../proofs/link-store.ts';
import { createOneTimeCodeStore } from '../proofs/one-time-code-store.ts';
import { createPasswordStore } from '../passwords/password-store.ts';
import type { Proof } from '../proofs/proof.ts';

export interface ConfirmRegistrationInput extends FromBrowser {
  readonly registrationId: string;
  readonly code: string;
  readonly ip: string;
}

export interface SignInByLinkInput extends FromBrowser {
  /** The random value in the link of a sign-in mail. */
  readonly link: string;
  readonly ip: string;
}

/**
 * Proves the address by its code: the account becomes active and the address an identifier. A code for signing in does that too, or
 * recognises the person who has the address.
 */
export async function confirmRegistration(
  parts: AuthenticationParts,
  input: ConfirmRegistrationInput,
): Promise<Proof> {
  await parts.rateLimiter.consume({ name: 'code', key: input.ip, points: 60, perSeconds: 600 });
  const { registrationId: flowId, code: typed, deviceId = null } = input;
  const codes = createOneTimeCodeStore(parts.db);
  const registration = await codes.findNewest(flowId, 'registration');
  const purpose = registration === null ? 'sign_in' : 'registration';
  const code = registration ?? (await codes.findNewest(flowId, purpose));
  return finish(parts, {
    deviceId,
    accountId: code?.accountId ?? null,
    isForHolder: purpose === 'sign_in',
    prove: (tx) => guessCode(parts, tx, { flowId, purpose, code: typed, deviceId }),
  });
}

/**
 * Signs in by the link that was mailed beside the code, in the browser that requested it.
 * @throws AppError `code_dead` (kind `gone`).
 */
export async function signInByLink(
  parts: AuthenticationParts,
  { link, ip, deviceId = null }: SignInByLinkInput,
): Promise<Proof> {
  await parts.rateLimiter.consume({ name: 'link', key: ip, points: 60, perSeconds: 600 });
  const found = await createLinkStore(parts.db).find(linkFingerprint(link), parts.clock.now());
  return finish(parts, {
    deviceId,
    accountId: found?.accountId ?? null,
    isForHolder: true,
    prove: (tx) => useLink(parts, tx, { link, purpose: 'sign_in', deviceId }),
  });
}

interface Finishing {
  readonly deviceId: string | null;
  /** The account the proof is for, as far as it can be read before the proof is used up. */
  readonly accountId: string | null;
  /** A proof for signing in; else for a registration alone. */
  readonly isForHolder: boolean;
  readonly prove: (tx: Database) => Promise<GuessOutcome>;
}

async function finish(parts: AuthenticationParts, finishing: Finishing): Promise<Proof> {
  const { deviceId, isForHolder, prove } = finishing;
  const holder = await findHolder(parts, finishing.accountId ?? randomUUID());
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await prove(tx);
    if (guess.kind !== 'right') return guess;
    const { accountId, generation } = guess;
    if (accountId === null) return DEAD;
    const proven = { ...guess, accountId };
    const isKnown = isForHolder && (await isHolder(parts, tx, proven));
    const attributeId = guess.flowId;
    const email = guess.address.value;
    const isActive =
      isKnown || (await activateRegistration(parts, tx, { accountId, attributeId, email }));
    if (!isActive) return DEAD;
    const proof: Proof = { accountId, amr: ['otp'], generation };
    await completeSignIn(parts, tx, { proof, deviceId, holder });
    return { kind: 'signed_in', proof } as const;
  });
  if (outcome.kind !== 'signed_in') throw codeError(outcome);
  return outcome.proof;
}

const DEAD = { kind: 'dead' } as const;

type RightGuess = Extract<GuessOutcome, { kind: 'right' }> & { readonly accountId: string };

/** Is it still the address of an account in use? When a password was set meanwhile, it is required. */
async function isHolder(
  parts: AuthenticationParts,
  tx: Database,
  { accountId, address, generation }: RightGuess,
): Promise<boolean> {
  const account = await parts.accounts.hold(tx, accountId);
  const owner = await parts.vault.findIdentifierIn(tx, address);
  const hash = await createPasswordStore(tx).find(accountId);
  if (account?.status !== 'active' || !isProofCurrent(account, generation)) return false;
  return owner?.accountId === accountId && hash === null;
}

/** Makes a temporary account active by its proven address. @returns false when it is not temporary any more. */
export async function activateRegistration(
  parts: AuthenticationParts,
  tx: Database,
  input: { readonly accountId: string; readonly attributeId: string; readonly email: string },
): Promise<boolean> {
  const { accountId, attributeId, email } = input;
  const account = await parts.accounts.hold(tx, accountId);
  if (account?.status !== 'temporary') return false;
  await parts.vault.makeKeyLasting(tx, accountId);
  await parts.vault.markVerified(tx, { accountId, attributeId, value: email });
  await parts.accounts.setStatus(tx, { accountId, status: 'active' });
  await parts.audit.record(tx, { kind: 'account.registered', accountId });
  return true;
}
