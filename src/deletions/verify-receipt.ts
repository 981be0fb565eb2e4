import { createDeletionReceiptStore } from './deletion-receipt-store.ts';
import type { DeletionsContext } from './context.ts';
import { parseReceipt, RECEIPT_TYP, type DeletionReceipt } from './deletion-receipt.ts';

/** The result of checking a receipt. */
export type ReceiptVerdict =
  | {
      readonly isValid: true;
      /** Does this server still store its own copy? */
      readonly isKnown: boolean;
      readonly receipt: DeletionReceipt;
    }
  | { readonly isValid: false };

/** Did this server sign this receipt, and is it unchanged? Receipts of retired keys are still valid. */
export async function verifyReceipt(
  { db, signer }: Pick<DeletionsContext, 'db' | 'signer'>,
  jws: string,
): Promise<ReceiptVerdict> {
  const verified = await signer.verify(jws, { typ: RECEIPT_TYP });
  const receipt = verified === null ? null : parseReceipt(verified.payload);
  if (receipt === null) return { isValid: false };
  const isKnown = await createDeletionReceiptStore(db).exists(receipt.jti);
  return { isValid: true, isKnown, receipt };
}
