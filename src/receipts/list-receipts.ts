import { AppError } from '../platform/app-error.ts';
import { readConsentText, type ConsentText } from './consent-text.ts';
import { createReceiptStore } from './receipt-store.ts';
import { signReceipts, type ReceiptDeps, type SignedStoredReceipt } from './sign-receipts.ts';

export interface ListReceiptsInput {
  readonly accountId: string;
  readonly clientId?: string | undefined;
  /** Only receipts of events older than the one with this id. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Receipts of one account, signed, the newest first. */
export async function listReceipts(
  deps: ReceiptDeps,
  { accountId, clientId, before, limit }: ListReceiptsInput,
): Promise<SignedStoredReceipt[]> {
  const receipts = await createReceiptStore(deps.db).list({
    accountId,
    clientId: clientId ?? null,
    before: before ?? null,
    limit,
  });
  return signReceipts(deps, receipts);
}

export interface FullReceipt extends SignedStoredReceipt {
  /** The text that the person read; null when there was no page. */
  readonly text: ConsentText | null;
  /** Nothing has happened since between the person and the app. */
  readonly isLatest: boolean;
}

/** One receipt of one account. @throws AppError `receipt_not_found`, also for another account's. */
export async function readReceipt(
  deps: ReceiptDeps,
  { accountId, receiptId }: { readonly accountId: string; readonly receiptId: string },
): Promise<FullReceipt> {
  const store = createReceiptStore(deps.db);
  const found = await store.find(accountId, receiptId);
  const [signed] = found === null ? [] : await signReceipts(deps, [found]);
  if (signed === undefined) throw new AppError('not_found', 'receipt_not_found');
  const [content, standing] = await Promise.all([
    store.findText(receiptId),
    store.standing(receiptId),
  ]);
  return {
    ...signed,
    text: content === null ? null : readConsentText(content),
    isLatest: standing?.isLatest === true,
  };
}

const EXPORT_BATCH = 100;

/** Every receipt of one account as lines of JSON, the newest first, read as the reader takes them. */
export async function* exportReceipts(
  deps: ReceiptDeps,
  accountId: string,
): AsyncGenerator<string, void> {
  let before: string | undefined;
  for (;;) {
    const batch = await listReceipts(deps, { accountId, before, limit: EXPORT_BATCH });
    for (const { jws, receipt } of batch) yield `${JSON.stringify({ jws, receipt })}\n`;
    before = batch.at(-1)?.eventId;
    if (batch.length < EXPORT_BATCH || before === undefined) return;
  }
}
