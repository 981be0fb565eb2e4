import type { SqlStatement } from '../platform/postgres/sql.ts';
import type { ReceiptEvent } from './consent-event.ts';
import { writeConsentText, type ConsentText } from './consent-text.ts';
import type { ReceiptsContext } from './context.ts';
import { eventInsertion } from './receipt-store.ts';
import { composeReceipt } from './receipt.ts';

/** An event of a consent, with the text that the person read before it; null when there was no page. */
type ConsentEventInput = Omit<ReceiptEvent, 'text'> & { readonly text: ConsentText | null };

/**
 * Composes the receipt of an event of a consent. The result are members of the `with` clause of the statement that changes the
 * consent: they write the event with its receipt for the row of `from`. The database refuses an event without a receipt.
 * The receipt is signed when it is first requested.
 */
export function recordEvent(
  ctx: Pick<ReceiptsContext, 'issuer' | 'jurisdiction' | 'pseudonymKey'>,
  input: ConsentEventInput,
  from: SqlStatement,
): SqlStatement {
  const { consent, kind, details, locale, occurredAt } = input;
  const text = input.text === null ? null : { ...input.text, ...writeConsentText(input.text) };
  const { id: consentId, accountId, clientId } = consent;
  const receipt = composeReceipt(ctx, { ...input, text });
  const row = { consentId, accountId, clientId, kind, details, locale, occurredAt };
  return eventInsertion({ ...row, receipt, text }, from);
}
