import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAddressMessageStore } from './address-message-store.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';

/** How many messages people who are not signed in can cause to one address, over all kinds together. */
const MOST_MESSAGES = { perHour: 5, perDay: 15 };
/** How long the count looks back. */
export const MESSAGES_SECONDS = 86_400;

export interface MessageBudget {
  readonly addressIndex: Buffer;
  /** A browser that the holder's account trusts has a budget of its own: strangers cannot use it up. Null: any other. */
  readonly trusted: Buffer | null;
}

/**
 * May another message go to this address? Counts it if so. Hold the address (`lockAddress`) first. The answer depends on the address and
 * not on who has it; what strangers see must not depend on the answer.
 */
export async function takeMessage(
  parts: Pick<AuthenticationParts, 'codeKey' | 'clock'>,
  tx: Database,
  { addressIndex, trusted }: MessageBudget,
): Promise<boolean> {
  const owner = trusted === null ? 'strangers' : trusted.toString('hex');
  return createAddressMessageStore(tx).take({
    budgetIndex: keyedIndex(parts.codeKey, `messages:${addressIndex.toString('hex')}:${owner}`),
    at: parts.clock.now(),
    ...MOST_MESSAGES,
  });
}
