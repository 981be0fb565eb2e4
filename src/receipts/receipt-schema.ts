import { Type, type Static } from 'typebox';

import type { FullReceipt } from './read-receipts.ts';
import { CONSENT_EVENT_KINDS } from './consent-event.ts';
import type { SignedReceipt } from './sign-receipts.ts';

const summary = {
  receiptId: Type.String({ format: 'uuid' }),
  clientId: Type.String(),
  appName: Type.String({ description: 'Its name at that time.' }),
  kind: Type.Enum([...CONSENT_EVENT_KINDS]),
  locale: Type.Union([Type.String(), Type.Null()]),
  occurredAt: Type.String({ format: 'date-time' }),
  jws: Type.String({
    description:
      'The signed receipt (RFC 7515, compact; `typ` is `consent-receipt+jwt`). Its keys are published at `/jwks`.',
  }),
};

export const ReceiptSummaryView = Type.Object(summary);

export const ReceiptView = Type.Object({
  ...summary,
  isLatest: Type.Boolean({ description: 'Nothing has happened since between you and the app.' }),
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
  isGenuine: Type.Boolean({ description: 'Signed here as a receipt, and not changed since.' }),
  keyId: Type.Union([Type.String(), Type.Null()]),
  receiptId: Type.Union([Type.String(), Type.Null()]),
  eventState: Type.Union([Type.String(), Type.Null()]),
  eventTime: Type.Union([Type.String(), Type.Null()]),
  isLatest: Type.Boolean({
    description: 'It states the present consent: nothing has happened since.',
  }),
});

export function presentReceiptSummary({
  receipt,
  clientId,
  kind,
  occurredAt,
  jws,
}: SignedReceipt): Static<typeof ReceiptSummaryView> {
  return {
    receiptId: receipt.receipt_id,
    clientId,
    appName: receipt.pii_processing.service,
    kind,
    locale: receipt.pii_processing.language,
    occurredAt: occurredAt.toISOString(),
    jws,
  };
}

export function presentReceipt(full: FullReceipt): Static<typeof ReceiptView> {
  return {
    ...presentReceiptSummary(full),
    isLatest: full.isLatest,
    receipt: { ...full.receipt },
    text: full.text === null ? null : { ...full.text, lines: [...full.text.lines] },
  };
}
