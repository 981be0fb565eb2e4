import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAddressMessageStore } from './address-message-store.ts';
import type { AuthenticationContext } from '../context.ts';

/** Maximum number of messages to one address that people who are not signed in can cause, over all kinds. */
const MOST_MESSAGES = { perHour: 5, perDay: 15 };
/** The period of the count. */
export const MESSAGES_SECONDS = 86_400;

interface MessageBudget {
  readonly addressIndex: Buffer;
  /**
   * A browser that the account trusts has a separate limit, which other browsers cannot use up. Null: any other
   * browser.
   */
  readonly trusted: Buffer | null;
}

/**
 * May another message go to this address? Counts it if so. Lock the address (`lockAddress`) first. The answer depends on the
 * address and not on its owner; the response to a person who is not signed in must not depend on the answer.
 */
export async function takeMessage(
  ctx: Pick<AuthenticationContext, 'codeKey' | 'clock'>,
  tx: Database,
  { addressIndex, trusted }: MessageBudget,
): Promise<boolean> {
  const owner = trusted === null ? 'strangers' : trusted.toString('hex');
  return createAddressMessageStore(tx).take({
    budgetIndex: keyedIndex(ctx.codeKey, `messages:${addressIndex.toString('hex')}:${owner}`),
    at: ctx.clock.now(),
    ...MOST_MESSAGES,
  });
}
