import { randomBytes } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import { type FromBrowser, isRequester } from '../sign-in/browser.ts';
import { addressContext, codeIndex, linkFingerprint } from './issue-code.ts';
import { createLinkStore } from './link-store.ts';
import {
  type Address,
  createOneTimeCodeStore,
  type CodePurpose,
  type CodeRow,
  type WrongGuesses,
} from './one-time-code-store.ts';
import { isTrustedBrowser } from '../sign-in/trusted-browser.ts';

/** The result of a guess. A wrong one must be committed, so it is returned and not thrown. */
export type GuessOutcome =
  | {
      readonly kind: 'right';
      readonly flowId: string;
      readonly accountId: string | null;
      readonly address: Address;
      readonly issuedAt: Date;
      readonly generation: number;
    }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'dead' }
  | { readonly kind: 'locked'; readonly retryAfterSeconds: number };

export interface GuessCodeInput extends FromBrowser {
  readonly flowId: string;
  readonly purpose: CodePurpose;
  readonly code: string;
  /** When given, a code of another account is dead. */
  readonly accountId?: string;
}

export interface UseLinkInput extends FromBrowser {
  readonly link: string;
  readonly purpose: CodePurpose;
}

const MOST_WRONG_PER_CODE = 3;
const MOST_WRONG_PER_HOUR = 10;
// Ten an hour alone would allow 240 guesses a day at a million codes.
const MOST_WRONG_PER_DAY = 50;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
// Guesses are dated by their code, which lives ten minutes: the windows are that much longer, never shorter.
const SLACK_SECONDS = 600;

/**
 * Tries a code once, inside the caller's transaction: commit it with every outcome. A code is dead in every browser but the one that
 * requested it. Wrong guesses from browsers that the account does not trust lock the address for such browsers only.
 */
export async function guessCode(
  parts: AuthenticationParts,
  tx: Database,
  input: GuessCodeInput,
): Promise<GuessOutcome> {
  const { flowId, purpose, accountId, deviceId = null } = input;
  const store = createOneTimeCodeStore(tx);
  const row = await store.findNewest(flowId, purpose);
  if (row === null) return { kind: 'dead' };
  if (accountId !== undefined && row.accountId !== accountId) return { kind: 'dead' };
  if (purpose !== 'attribute' && isElsewhere(row, { deviceId })) return { kind: 'dead' };
  await store.lockAddress(row.addressIndex);
  const isTrusted = await isTrustedBrowser(tx, { purpose, accountId: row.accountId, deviceId });
  const wrong = await countWrong(parts, tx, row);
  const retryAfterSeconds = isTrusted ? 0 : waitAfter(wrong);
  if (retryAfterSeconds > 0) return { kind: 'locked', retryAfterSeconds };
  // Over all addresses of the account the lock is silent: it would show that they belong together.
  const isLockedSilently = !isTrusted && wrong.forAccountInDay >= MOST_WRONG_PER_DAY;
  return tryCode(parts, tx, { row, code: input.code, isTrusted, isLockedSilently });
}

/**
 * Uses the link of a mail in the browser that requested it: it proves as much as the code beside it, is too long to be guessed, and
 * so is neither counted nor locked.
 */
export async function useLink(
  parts: AuthenticationParts,
  tx: Database,
  { link, purpose, deviceId = null }: UseLinkInput,
): Promise<GuessOutcome> {
  const store = createLinkStore(tx);
  const row = await store.find(linkFingerprint(link), parts.clock.now());
  if (row?.purpose !== purpose || !isRequester(row.requester, { deviceId }))
    return { kind: 'dead' };
  await createOneTimeCodeStore(tx).lockAddress(row.addressIndex);
  const isUsed = await store.use(linkFingerprint(link), parts.clock.now());
  return isUsed ? proven(parts, row) : { kind: 'dead' };
}

/** Turns an outcome that is not right into the error to answer with. */
export function codeError(outcome: Exclude<GuessOutcome, { kind: 'right' }>): AppError {
  if (outcome.kind === 'wrong') {
    return new AppError('invalid', 'code_wrong', { fields: { code: 'code_wrong' } });
  }
  if (outcome.kind === 'dead') {
    return new AppError('gone', 'code_dead', { fields: { code: 'code_dead' } });
  }
  const { retryAfterSeconds } = outcome;
  return new AppError('too_many', 'code_locked', {
    retryAfterSeconds,
    fields: { code: 'code_locked' },
  });
}

/** The address a code was made for. */
export function openAddress(
  parts: Pick<AuthenticationParts, 'transientSealer'>,
  row: Pick<CodeRow, 'id' | 'kind' | 'sealedAddress'>,
): Address {
  const value = parts.transientSealer.open(row.sealedAddress, addressContext(row.id));
  return { kind: row.kind, value: value.toString('utf8') };
}

/** A code that a program requested is bound to no browser. */
function isElsewhere({ requester }: CodeRow, from: FromBrowser): boolean {
  return requester !== null && !isRequester(requester, from);
}

function countWrong(
  { clock }: Pick<AuthenticationParts, 'clock'>,
  tx: Database,
  { addressIndex, accountId }: CodeRow,
): Promise<WrongGuesses> {
  const before = (seconds: number) => new Date(clock.now().getTime() - seconds * 1000);
  return createOneTimeCodeStore(tx).countWrong({
    addressIndex,
    accountId,
    windowStart: before(HOUR_SECONDS + SLACK_SECONDS),
    dayStart: before(DAY_SECONDS + SLACK_SECONDS),
  });
}

function waitAfter({ inWindow, inDay }: WrongGuesses): number {
  if (inDay >= MOST_WRONG_PER_DAY) return DAY_SECONDS;
  return inWindow >= MOST_WRONG_PER_HOUR ? HOUR_SECONDS : 0;
}

interface Attempt {
  readonly row: CodeRow;
  readonly code: string;
  readonly isTrusted: boolean;
  readonly isLockedSilently: boolean;
}

async function tryCode(
  parts: AuthenticationParts,
  tx: Database,
  { row, code, isTrusted, isLockedSilently }: Attempt,
): Promise<GuessOutcome> {
  // People copy codes with a space in the middle.
  const typed = codeIndex(parts.codeKey, row.id, code.replace(/\s/g, ''));
  const guessed = await createOneTimeCodeStore(tx).guess({
    id: row.id,
    codeIndex: isLockedSilently ? randomBytes(typed.length) : typed,
    at: parts.clock.now(),
    most: MOST_WRONG_PER_CODE,
    isTrusted,
  });
  if (guessed === null) return { kind: 'dead' };
  if (guessed.isRight) return proven(parts, row);
  return { kind: guessed.wrongGuesses >= MOST_WRONG_PER_CODE ? 'dead' : 'wrong' };
}

function proven(parts: AuthenticationParts, row: CodeRow): GuessOutcome {
  const { flowId, accountId, createdAt: issuedAt, generation } = row;
  const address = openAddress(parts, row);
  return { kind: 'right', flowId, accountId, address, issuedAt, generation };
}
