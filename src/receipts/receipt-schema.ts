import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import type { FullReceipt } from './read-receipts.ts';
import { CONSENT_EVENT_KINDS } from './consent-event.ts';
import type { SignedReceipt } from './sign-receipts.ts';

const summary = {
  receiptId: Type.String({ format: 'uuid' }),
  clientId: Type.String(),
  appName: Type.String({ description: 'Its name at that time.' }),
  kind: Type.Enum([...CONSENT_EVENT_KINDS]),
  locale: Nullable(Type.String()),
  occurredAt: MomentOutput,
  jws: Type.String({
    description:
      'The signed receipt (RFC 7515, compact; `typ` is `consent-receipt+jwt`). Its keys are published at `/jwks`.',
  }),
};

export const ReceiptSummaryView = Type.Object(summary);

export const ReceiptView = Type.Object({
  ...summary,
  isLatest: Type.Boolean({ description: 'True for the latest receipt about you and this app.' }),
  receipt: Type.Record(Type.String(), Type.Unknown(), {
    description:
      'The statement, with the field names of ISO/IEC TS 27560:2023. Names of claims, never values.',
  }),
  text: Type.Union(
    [
      Type.Object({
        page: Type.String(),
        pageVersion: Type.Integer(),
        locale: Type.String(),
        app: Type.String(),
        lines: Type.Array(Type.Object({ role: Type.String(), text: Type.String() })),
      }),
      Type.Null(),
    ],
    {
      description:
        'The text that you read before deciding; the receipt holds its SHA-256. Null when there was no page.',
    },
  ),
});

export const VerdictView = Type.Object({
  isGenuine: Type.Boolean({ description: 'Signed by this server as a receipt, and unchanged.' }),
  keyId: Nullable(Type.String()),
  receiptId: Nullable(Type.String()),
  eventState: Nullable(Type.String()),
  eventTime: Nullable(Type.String()),
  isLatest: Type.Boolean({
    description: 'True if it is the latest receipt of the consent.',
  }),
});

/** Presents a receipt in a list. */
export function presentReceiptSummary({ receipt, ...signed }: SignedReceipt) {
  const { service: appName, language: locale } = receipt.pii_processing;
  return { ...signed, receiptId: receipt.receipt_id, appName, locale };
}

/** Presents a receipt with its content and the text that the person read. */
export function presentReceipt(full: FullReceipt) {
  return { ...full, ...presentReceiptSummary(full), receipt: { ...full.receipt } };
}
