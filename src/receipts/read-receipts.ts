import { AppError } from '../platform/app-error.ts';
import { readPages } from '../platform/read-pages.ts';
import { readConsentText, type ConsentText } from './consent-text.ts';
import type { ReceiptsContext } from './context.ts';
import { createReceiptStore, type ReceiptQuery } from './receipt-store.ts';
import { signReceipts, type SignedReceipt } from './sign-receipts.ts';

/** Receipts of one account, signed, the newest first. */
export async function listReceipts(
  ctx: ReceiptsContext,
  query: ReceiptQuery,
): Promise<SignedReceipt[]> {
  return signReceipts(ctx, await createReceiptStore(ctx.db).list(query));
}

/** A receipt and its text. */
export interface FullReceipt extends SignedReceipt {
  /** The text that the person read; null when there was no page. */
  readonly text: ConsentText | null;
  /** True if it is the latest receipt of the person and the app. */
  readonly isLatest: boolean;
}

/** One receipt of one account. @throws AppError `receipt_not_found`, also for a receipt of another account. */
export async function readReceipt(
  ctx: ReceiptsContext,
  { accountId, receiptId }: { readonly accountId: string; readonly receiptId: string },
): Promise<FullReceipt> {
  const store = createReceiptStore(ctx.db);
  const found = await store.find(accountId, receiptId);
  const [signed] = found === null ? [] : await signReceipts(ctx, [found]);
  if (signed === undefined) throw new AppError('not_found', 'receipt_not_found');
  const [content, isLatest] = await Promise.all([
    store.findText(receiptId),
    store.isLatest(receiptId),
  ]);
  return { ...signed, text: content === null ? null : readConsentText(content), isLatest };
}

const EXPORT_BATCH = 100;

/** Every receipt of one account as lines of JSON, the newest first, read from the database at the speed of the reader. */
export async function* exportReceipts(
  ctx: ReceiptsContext,
  accountId: string,
): AsyncGenerator<string, void> {
  const pages = readPages<SignedReceipt>(EXPORT_BATCH, (last, limit) =>
    listReceipts(ctx, { accountId, before: last?.eventId, limit }),
  );
  for await (const page of pages) {
    for (const { jws, receipt } of page) yield `${JSON.stringify({ jws, receipt })}\n`;
  }
}
