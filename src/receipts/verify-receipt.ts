import type { ReceiptsContext } from './context.ts';
import { RECEIPT_TYP } from './receipt.ts';
import { createReceiptStore } from './receipt-store.ts';

/** The result of checking a receipt. */
export interface ReceiptVerdict {
  /** Signed by this server as a receipt, and not changed since. */
  readonly isGenuine: boolean;
  /** The key that signed it, retired or not; null unless genuine. */
  readonly keyId: string | null;
  readonly receiptId: string | null;
  readonly eventState: string | null;
  readonly eventTime: string | null;
  /** True if it is the latest receipt of the person and the app. False when the receipt is no longer stored. */
  readonly isLatest: boolean;
}

const NOT_GENUINE: ReceiptVerdict = {
  isGenuine: false,
  keyId: null,
  receiptId: null,
  eventState: null,
  eventTime: null,
  isLatest: false,
};

interface Payload {
  readonly iss?: unknown;
  readonly receipt_id?: unknown;
  readonly event?: { readonly event_state?: unknown; readonly event_time?: unknown };
}

/** Is this a receipt of this server (RFC 7515 §5.2), and is it the newest of its consent? Retired keys still count. */
export async function verifyReceipt(ctx: ReceiptsContext, jws: string): Promise<ReceiptVerdict> {
  const verified = await ctx.signer.verify(jws, { typ: RECEIPT_TYP });
  if (verified === null) return NOT_GENUINE;
  const { receipt_id: receiptId, iss, event }: Payload = verified.payload;
  if (iss !== ctx.issuer || typeof receiptId !== 'string') return NOT_GENUINE;
  return {
    isGenuine: true,
    keyId: verified.kid,
    receiptId,
    eventState: textOf(event?.event_state),
    eventTime: textOf(event?.event_time),
    isLatest: await createReceiptStore(ctx.db).isLatest(receiptId),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
