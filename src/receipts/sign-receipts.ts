import type { ReceiptsContext } from './context.ts';
import { toKantara } from './kantara-receipt.ts';
import { createReceiptStore } from './receipt-store.ts';
import { RECEIPT_TYP, type ConsentReceipt, type StoredReceipt } from './receipt.ts';
import { epochSeconds } from '../platform/clock.ts';

/** A receipt with its signed form (RFC 7515, compact). */
export type SignedReceipt = StoredReceipt & { readonly jws: string };

/**
 * Signs receipts at the first request for them and stores the signed form, so that a receipt has one form for all callers and
 * nodes. The content was written with the decision; only the signature is made on demand.
 */
export async function signReceipts(
  ctx: ReceiptsContext,
  receipts: readonly StoredReceipt[],
): Promise<SignedReceipt[]> {
  const unsigned = receipts.filter(({ jws }) => jws === null);
  const made = await Promise.all(
    unsigned.map(async ({ eventId, receipt }) => ({
      eventId,
      jws: await ctx.signer.sign(payloadOf(ctx, receipt), { typ: RECEIPT_TYP }),
    })),
  );
  const stored =
    made.length === 0
      ? new Map<string, string>()
      : await createReceiptStore(ctx.db).saveSigned(made);
  return receipts.flatMap((receipt) => {
    const jws = receipt.jws ?? stored.get(receipt.eventId);
    // Deleted with its account between the two statements.
    return jws === undefined ? [] : [{ ...receipt, jws }];
  });
}

function payloadOf({ issuer, clock }: ReceiptsContext, receipt: ConsentReceipt) {
  return {
    iss: issuer,
    jti: receipt.receipt_id,
    iat: epochSeconds(clock.now()),
    ...receipt,
    kantara_consent_receipt: toKantara(receipt),
  };
}
