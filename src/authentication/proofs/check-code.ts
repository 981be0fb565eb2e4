import { randomBytes } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { type FromBrowser, isElsewhere, isRequester } from '../sign-in/browser.ts';
import { addressContext, codeIndex, linkFingerprint } from './issue-code.ts';
import { createLinkStore } from './link-store.ts';
import { createCodeStore, type WrongAttempts } from './code-store.ts';
import type { Address, CodePurpose, ProofCode } from './proof-code.ts';
import { isTrustedBrowser } from '../sign-in/trusted-browser.ts';

/**
 * The result of an attempt at a code. The count of a wrong attempt must be committed, so the result is returned and not
 * thrown.
 */
export type CodeOutcome =
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

interface CheckCodeInput extends FromBrowser {
  readonly flowId: string;
  readonly purpose: CodePurpose;
  readonly code: string;
  /** When given, a code of another account is not valid. */
  readonly accountId?: string;
}

interface UseLinkInput extends FromBrowser {
  readonly link: string;
  readonly purpose: CodePurpose;
}

/** A code with this many wrong attempts is no longer valid. */
export const MOST_WRONG_PER_CODE = 3;
const MOST_WRONG_PER_HOUR = 10;
// A limit of ten an hour alone would allow 240 attempts a day, of a million possible codes.
const MOST_WRONG_PER_DAY = 50;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
// Attempts have the time of their code, which is valid for ten minutes. So the windows are ten minutes longer, never
// shorter.
const SLACK_SECONDS = 600;

/**
 * Checks a code once, inside the caller's transaction, which must be committed with every outcome. A code is valid only
 * in the browser that requested it. Wrong attempts from browsers that the account does not trust lock the address for
 * such browsers only.
 */
export async function checkCode(
  ctx: AuthenticationContext,
  tx: Database,
  input: CheckCodeInput,
): Promise<CodeOutcome> {
  const { flowId, purpose, accountId, deviceId = null } = input;
  const store = createCodeStore(tx);
  const row = await store.findNewest(flowId, purpose);
  if (row === null) return { kind: 'dead' };
  if (accountId !== undefined && row.accountId !== accountId) return { kind: 'dead' };
  if (purpose !== 'attribute' && isElsewhere(row.requester, { deviceId })) return { kind: 'dead' };
  await store.lockAddress(row.addressIndex);
  const isTrusted = await isTrustedBrowser(tx, { purpose, accountId: row.accountId, deviceId });
  const wrong = await countWrong(ctx, tx, row);
  const retryAfterSeconds = isTrusted ? 0 : waitAfter(wrong);
  if (retryAfterSeconds > 0) return { kind: 'locked', retryAfterSeconds };
  // The lock over all addresses of the account is not shown, because it would reveal that they belong together.
  const isLockedSilently = !isTrusted && wrong.forAccountInDay >= MOST_WRONG_PER_DAY;
  return tryCode(ctx, tx, { row, code: input.code, isTrusted, isLockedSilently });
}

/**
 * Uses the link of a mail in the browser that requested it: it proves the same as the code in that mail. It is too long
 * to be guessed, so attempts are neither counted nor locked.
 */
export async function useLink(
  ctx: AuthenticationContext,
  tx: Database,
  { link, purpose, deviceId = null }: UseLinkInput,
): Promise<CodeOutcome> {
  const store = createLinkStore(tx);
  const row = await store.find(linkFingerprint(link), ctx.clock.now());
  if (row?.purpose !== purpose || !isRequester(row.requester, { deviceId }))
    return { kind: 'dead' };
  await createCodeStore(tx).lockAddress(row.addressIndex);
  const isUsed = await store.use(linkFingerprint(link), ctx.clock.now());
  return isUsed ? proven(ctx, row) : { kind: 'dead' };
}

/** Converts the outcome of a failed attempt into its error. */
export function codeError(outcome: Exclude<CodeOutcome, { kind: 'right' }>): AppError {
  if (outcome.kind === 'wrong') {
    return new AppError('invalid', 'code_wrong', { fields: { code: 'code_wrong' } });
  }
  if (outcome.kind === 'dead') {
    return new AppError('gone', 'code_expired', { fields: { code: 'code_expired' } });
  }
  const { retryAfterSeconds } = outcome;
  return new AppError('too_many', 'code_locked', {
    retryAfterSeconds,
    fields: { code: 'code_locked' },
  });
}

/** The address a code was made for. */
export function openAddress(
  ctx: Pick<AuthenticationContext, 'transientSealer'>,
  row: Pick<ProofCode, 'id' | 'kind' | 'sealedAddress'>,
): Address {
  const value = ctx.transientSealer.open(row.sealedAddress, addressContext(row.id));
  return { kind: row.kind, value: value.toString('utf8') };
}

function countWrong(
  { clock }: Pick<AuthenticationContext, 'clock'>,
  tx: Database,
  { addressIndex, accountId }: ProofCode,
): Promise<WrongAttempts> {
  const before = (seconds: number) => new Date(clock.now().getTime() - seconds * 1000);
  return createCodeStore(tx).countWrong({
    addressIndex,
    accountId,
    windowStart: before(HOUR_SECONDS + SLACK_SECONDS),
    dayStart: before(DAY_SECONDS + SLACK_SECONDS),
  });
}

function waitAfter({ inWindow, inDay }: WrongAttempts): number {
  if (inDay >= MOST_WRONG_PER_DAY) return DAY_SECONDS;
  return inWindow >= MOST_WRONG_PER_HOUR ? HOUR_SECONDS : 0;
}

interface Attempt {
  readonly row: ProofCode;
  readonly code: string;
  readonly isTrusted: boolean;
  readonly isLockedSilently: boolean;
}

async function tryCode(
  ctx: AuthenticationContext,
  tx: Database,
  { row, code, isTrusted, isLockedSilently }: Attempt,
): Promise<CodeOutcome> {
  // People copy codes with a space in the middle.
  const entered = codeIndex(ctx.codeKey, row.id, code.replace(/\s/g, ''));
  const attempted = await createCodeStore(tx).attempt({
    id: row.id,
    codeIndex: isLockedSilently ? randomBytes(entered.length) : entered,
    at: ctx.clock.now(),
    most: MOST_WRONG_PER_CODE,
    isTrusted,
  });
  if (attempted === null) return { kind: 'dead' };
  if (attempted.isRight) return proven(ctx, row);
  return { kind: attempted.wrongAttempts >= MOST_WRONG_PER_CODE ? 'dead' : 'wrong' };
}

function proven(ctx: AuthenticationContext, row: ProofCode): CodeOutcome {
  const { flowId, accountId, createdAt: issuedAt, generation } = row;
  const address = openAddress(ctx, row);
  return { kind: 'right', flowId, accountId, address, issuedAt, generation };
}
