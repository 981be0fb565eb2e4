import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { addressContext, codeIndex } from './issue-code.ts';
import {
  type Address,
  createOneTimeCodeStore,
  type CodePurpose,
  type CodeRow,
} from './one-time-code-store.ts';

/** What a guess came to. A wrong one must be committed, so it is told and not thrown. */
export type GuessOutcome =
  | {
      readonly kind: 'right';
      readonly accountId: string | null;
      readonly address: Address;
      readonly issuedAt: Date;
    }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'dead' }
  | { readonly kind: 'locked'; readonly retryAfterSeconds: number };

export interface GuessCodeInput {
  readonly flowId: string;
  readonly purpose: CodePurpose;
  readonly code: string;
  /** When given, a code of another account is dead. */
  readonly accountId?: string;
}

const MOST_WRONG_PER_CODE = 3;
const MOST_WRONG_PER_HOUR = 10;
// Ten an hour alone would allow 240 guesses a day at a million codes.
const MOST_WRONG_PER_DAY = 50;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
// Guesses are dated by their code, which lives ten minutes: the windows are that much longer, never shorter.
const SLACK_SECONDS = 600;

/** Tries a code once, inside the caller's transaction: commit it whatever the outcome. */
export async function guessCode(
  parts: AuthenticationParts,
  tx: Database,
  input: GuessCodeInput,
): Promise<GuessOutcome> {
  const store = createOneTimeCodeStore(tx);
  const row = await store.findNewest(input.flowId, input.purpose);
  if (row === null) return { kind: 'dead' };
  if (input.accountId !== undefined && row.accountId !== input.accountId) return { kind: 'dead' };
  await store.lockAddress(row.addressIndex);
  const now = parts.clock.now();
  const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  const wrong = await store.countWrong({
    addressIndex: row.addressIndex,
    accountId: row.accountId,
    windowStart: before(HOUR_SECONDS + SLACK_SECONDS),
    dayStart: before(DAY_SECONDS + SLACK_SECONDS),
  });
  if (wrong.inDay >= MOST_WRONG_PER_DAY) {
    return { kind: 'locked', retryAfterSeconds: DAY_SECONDS };
  }
  if (wrong.inWindow >= MOST_WRONG_PER_HOUR) {
    return { kind: 'locked', retryAfterSeconds: HOUR_SECONDS };
  }
  return tryCode(parts, tx, { row, code: input.code, now });
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

interface Attempt {
  readonly row: CodeRow;
  readonly code: string;
  readonly now: Date;
}

/** The address a code was made for. */
export function openAddress(
  parts: Pick<AuthenticationParts, 'masterSealer'>,
  row: Pick<CodeRow, 'id' | 'kind' | 'sealedAddress'>,
): Address {
  const value = parts.masterSealer.open(row.sealedAddress, addressContext(row.id));
  return { kind: row.kind, value: value.toString('utf8') };
}

async function tryCode(
  parts: AuthenticationParts,
  tx: Database,
  { row, code, now }: Attempt,
): Promise<GuessOutcome> {
  // People copy codes with a space in the middle.
  const typed = code.replace(/\s/g, '');
  const guessed = await createOneTimeCodeStore(tx).guess({
    id: row.id,
    codeIndex: codeIndex(parts.codeKey, row.id, typed),
    at: now,
    most: MOST_WRONG_PER_CODE,
  });
  if (guessed === null) return { kind: 'dead' };
  if (guessed.isRight) {
    return {
      kind: 'right',
      accountId: row.accountId,
      address: openAddress(parts, row),
      issuedAt: row.createdAt,
    };
  }
  return { kind: guessed.wrongGuesses >= MOST_WRONG_PER_CODE ? 'dead' : 'wrong' };
}
