import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Signer } from '../platform/keys/signer.ts';
import { RECEIPT_TYP, toKantara, type StoredReceipt } from './receipt.ts';
import { createReceiptStore } from './receipt-store.ts';

export interface ReceiptDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly issuer: string;
}

/** A receipt with its signed form (RFC 7515, compact). */
export interface SignedStoredReceipt extends StoredReceipt {
  readonly jws: string;
}

/**
 * Signs receipts at the first request for them and stores the signed form, so that a receipt has one form for all callers and
 * nodes. The content was written with the decision; only the signature is made on demand.
 */
export async function signReceipts(
  deps: ReceiptDeps,
  receipts: readonly StoredReceipt[],
): Promise<SignedStoredReceipt[]> {
  const unsigned = receipts.filter(({ jws }) => jws === null);
  const made = await Promise.all(
    unsigned.map(async ({ eventId, receipt }) => ({
      eventId,
      jws: await deps.signer.sign(payloadOf(deps, receipt), { typ: RECEIPT_TYP }),
    })),
  );
  const kept =
    made.length === 0
      ? new Map<string, string>()
      : await createReceiptStore(deps.db).saveSigned(made);
  return receipts.flatMap((receipt) => {
    const jws = receipt.jws ?? kept.get(receipt.eventId);
    // Deleted with its account between the two statements.
    return jws === undefined ? [] : [{ ...receipt, jws }];
  });
}

function payloadOf(
  { issuer, clock }: ReceiptDeps,
  receipt: StoredReceipt['receipt'],
): Record<string, unknown> {
  return {
    iss: issuer,
    jti: receipt.receipt_id,
    iat: Math.floor(clock.now().getTime() / 1000),
    ...receipt,
    kantara_consent_receipt: toKantara(receipt),
  };
}
