import { isAppError } from '../platform/app-error.ts';
import { RECEIPT_TYP } from './receipt.ts';
import { createReceiptStore } from './receipt-store.ts';
import type { ReceiptDeps } from './sign-receipts.ts';

/** The result of checking a receipt. */
export interface ReceiptVerdict {
  /** Signed by this server as a receipt, and not changed since. */
  readonly isGenuine: boolean;
  /** The key that signed it, retired or not; null unless genuine. */
  readonly keyId: string | null;
  readonly receiptId: string | null;
  readonly eventState: string | null;
  readonly eventTime: string | null;
  /** Nothing has happened since between the person and the app. False when the receipt is no longer stored. */
  readonly isLatest: boolean;
}

const NOT_GENUINE: ReceiptVerdict = Object.freeze({
  isGenuine: false,
  keyId: null,
  receiptId: null,
  eventState: null,
  eventTime: null,
  isLatest: false,
});

interface Claimed {
  readonly iss?: unknown;
  readonly receipt_id?: unknown;
  readonly event?: { readonly event_state?: unknown; readonly event_time?: unknown };
}

/** Is this a receipt of this server (RFC 7515 §5.2), and is it the newest of its consent? Retired keys still count. */
export async function verifyReceipt(deps: ReceiptDeps, jws: string): Promise<ReceiptVerdict> {
  const opened = await open(deps, jws);
  if (opened === null) return NOT_GENUINE;
  const { kid, claimed } = opened;
  const { receipt_id: receiptId, iss, event } = claimed;
  if (iss !== deps.issuer || typeof receiptId !== 'string') return NOT_GENUINE;
  const standing = await createReceiptStore(deps.db).standing(receiptId);
  return {
    isGenuine: true,
    keyId: kid,
    receiptId,
    eventState: textOf(event?.event_state),
    eventTime: textOf(event?.event_time),
    isLatest: standing?.isLatest === true,
  };
}

async function open(
  { signer }: ReceiptDeps,
  jws: string,
): Promise<{ readonly kid: string; readonly claimed: Claimed } | null> {
  try {
    const { payload, kid } = await signer.verify(jws, { typ: RECEIPT_TYP });
    return { kid, claimed: payload };
  } catch (error) {
    if (isAppError(error, 'signature_invalid')) return null;
    throw error;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
