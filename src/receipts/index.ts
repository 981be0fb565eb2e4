/** receipts: the signed statement about each event of a consent (ISO/IEC TS 27560:2023). */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { ReceiptsContext } from './context.ts';
import { exportReceipts, listReceipts, readReceipt } from './read-receipts.ts';
import { recordEvent } from './record-event.ts';
import { verifyReceipt } from './verify-receipt.ts';

export { writeConsentText, type ConsentText } from './consent-text.ts';
export { choseToShare, CONSENT_EVENT_KINDS, type ConsentEventKind } from './consent-event.ts';
export type { ConsentReceipt } from './receipt.ts';

/** Connects the use cases to their dependencies. */
export function createReceipts(ctx: ReceiptsContext) {
  return bindUseCases(ctx, {
    recordEvent,
    list: listReceipts,
    read: readReceipt,
    exportAll: exportReceipts,
    verify: verifyReceipt,
  });
}

export type Receipts = ReturnType<typeof createReceipts>;
