import type { Database } from '../platform/postgres/postgres.ts';
import type { ReceiptEvent } from './consent-event.ts';
import { writeConsentText, type ConsentText } from './consent-text.ts';
import type { ReceiptsContext } from './context.ts';
import { createReceiptStore } from './receipt-store.ts';
import { composeReceipt } from './receipt.ts';

/**
 * Writes an event into the history of a consent together with its receipt, in the transaction of the change. The
 * database refuses an event without a receipt. The receipt is signed when it is first requested.
 */
export async function recordEvent(
  ctx: ReceiptsContext,
  tx: Database,
  input: Omit<ReceiptEvent, 'occurredAt' | 'text'> & {
    /** The text that the person read before the event; null when there was no page. */
    readonly text: ConsentText | null;
  },
): Promise<void> {
  const { consent, kind, details, locale } = input;
  const occurredAt = ctx.clock.now();
  const text = input.text === null ? null : { ...input.text, ...writeConsentText(input.text) };
  await createReceiptStore(tx).insertEvent({
    consentId: consent.id,
    accountId: consent.accountId,
    clientId: consent.clientId,
    kind,
    details,
    locale,
    occurredAt,
    receipt: composeReceipt(ctx, { ...input, occurredAt, text }),
    text,
  });
}
