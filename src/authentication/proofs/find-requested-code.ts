import type { AttributeRef } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { REGISTRATION_LIFE_SECONDS } from '../registration/register.ts';
import { type FromBrowser, isElsewhere } from '../sign-in/browser.ts';
import { MOST_WRONG_PER_CODE, openAddress } from './check-code.ts';
import { createCodeStore } from './code-store.ts';
import type { CodePurpose, ProofCode } from './proof-code.ts';

/** A code that this browser requested for a registration, a sign-in or a password reset. */
export interface RequestedCode {
  readonly purpose: CodePurpose;
  /** The address to which the message went. */
  readonly address: string;
  /**
   * `waiting`: a code can be entered. `over`: too old, or too many wrong attempts; a new one can be requested. `used`: it,
   * or the link in the same mail, was used.
   */
  readonly state: 'waiting' | 'over' | 'used';
}

interface FindRequestedCodeInput extends FromBrowser {
  /** A registration, a sign-in or a password reset. */
  readonly flowId: string;
}

/**
 * The state of a code, for the page that waits for it. The same for addresses with and without an account.
 * @returns null when there is none, it is a day old, or another browser requested it.
 */
export async function findRequestedCode(
  ctx: AuthenticationContext,
  { flowId, deviceId = null }: FindRequestedCodeInput,
): Promise<RequestedCode | null> {
  const row = await createCodeStore(ctx.db).findRequested(flowId);
  const now = ctx.clock.now().getTime();
  if (row === null || now - row.createdAt.getTime() > REGISTRATION_LIFE_SECONDS * 1000) return null;
  if (isElsewhere(row.requester, { deviceId })) return null;
  return { purpose: row.purpose, address: openAddress(ctx, row).value, state: stateOf(row, now) };
}

/** Can a code be entered now for an address that the person added to the account? */
export async function hasAttributeCode(
  ctx: AuthenticationContext,
  { accountId, attributeId }: AttributeRef,
): Promise<boolean> {
  const row = await createCodeStore(ctx.db).findNewest(attributeId, 'attribute');
  if (row?.accountId !== accountId) return false;
  return stateOf(row, ctx.clock.now().getTime()) === 'waiting';
}

function stateOf({ usedAt, expiresAt, wrongGuesses }: ProofCode, now: number) {
  if (usedAt !== null) return 'used';
  return expiresAt.getTime() > now && wrongGuesses < MOST_WRONG_PER_CODE ? 'waiting' : 'over';
}
