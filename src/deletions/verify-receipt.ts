import { isAppError } from '../platform/app-error.ts';
import { createDeletionReceiptStore } from './deletion-receipt-store.ts';
import type { DeletionsDeps } from './deletions-deps.ts';
import { parseReceipt, RECEIPT_TYP, type DeletionReceipt } from './receipt.ts';

/** The result of checking a receipt. */
export type ReceiptVerdict =
  | {
      readonly isValid: true;
      /** Whether this server still has the entry it made with it. */
      readonly isKnown: boolean;
      readonly receipt: DeletionReceipt;
    }
  | { readonly isValid: false };

/** Was this receipt signed here, and is it unchanged? Receipts of retired keys are still valid. */
export async function verifyReceipt(
  { db, signer }: Pick<DeletionsDeps, 'db' | 'signer'>,
  jws: string,
): Promise<ReceiptVerdict> {
  try {
    const { payload } = await signer.verify(jws, { typ: RECEIPT_TYP });
    const receipt = parseReceipt(payload);
    const stored = await createDeletionReceiptStore(db).find(receipt.jti);
    return { isValid: true, isKnown: stored !== null, receipt };
  } catch (error) {
    if (isAppError(error) && error.kind === 'invalid') return { isValid: false };
    throw error;
  }
}
