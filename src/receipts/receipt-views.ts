import { page } from '../http/pages/page.ts';
import type { FullReceipt } from './read-receipts.ts';
import { NOT_STATED, type ConsentReceipt, type StoredReceipt } from './receipt.ts';
import type { ReceiptVerdict } from './verify-receipt.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { choseToShare } from './consent-event.ts';

/** Client id -> address of the logo on this server. An app without a logo has no entry. */
export type AppLogos = ReadonlyMap<string, string>;

type ReceiptPurpose = ConsentReceipt['pii_processing']['purposes'][number];

export const receiptsPage = page<ReturnType<typeof presentReceipts>>('receipts/receipts.njk');
export const receiptPage = page<ReturnType<typeof presentReceiptPage>>('receipts/receipt.njk');

/** Groups receipts by app; the app with the newest comes first. */
export function presentReceipts({
  receipts,
  clientId,
  logos,
  next,
}: {
  readonly receipts: readonly StoredReceipt[];
  readonly logos: AppLogos;
  readonly clientId: string | undefined;
  /** The start of the next page; null at the end. */
  readonly next: string | null;
}) {
  const byApp = Map.groupBy(receipts, (receipt) => receipt.clientId);
  return {
    groups: [...byApp].map(([id, ofApp]) => ({
      clientId: id,
      app: { name: nameOf(ofApp[0]), logo: logos.get(id) ?? null },
      appHref: hrefOfApp(id),
      receipts: ofApp.map((stored) => ({
        at: stored.occurredAt,
        state: stored.receipt.event.event_state,
        appName: nameOf(stored),
        href: receiptHref(stored.receipt.receipt_id),
      })),
    })),
    /** Only one app is shown. */
    isFiltered: clientId !== undefined,
    olderHref: next === null ? null : olderHref(clientId, next),
  };
}

/** Presents the page of one receipt. */
export function presentReceiptPage({
  full,
  verdict,
  logos,
  claims,
  locale,
}: {
  readonly full: FullReceipt;
  readonly logos: AppLogos;
  readonly verdict: ReceiptVerdict;
  readonly claims: ClaimCatalogue;
  readonly locale: string;
}) {
  const { receipt, text, jws, clientId, occurredAt } = full;
  const { pii_processing: processing, party_identification: parties, event } = receipt;
  const href = receiptHref(receipt.receipt_id);
  return {
    receiptId: receipt.receipt_id,
    at: occurredAt,
    state: event.event_state,
    appName: processing.service,
    logo: logos.get(clientId) ?? null,
    appHref: hrefOfApp(clientId),
    contact: parties[0]?.party_email ?? null,
    policyUri: processing.privacy_notice,
    items: processing.purposes.flatMap((purpose) => presentItems(purpose, claims, locale)),
    /** The text that the person read: the first line is its heading. */
    text:
      text === null
        ? null
        : { locale: text.locale, lines: text.lines, hash: processing.notice_hash ?? '' },
    isGenuine: verdict.isGenuine,
    isLatest: verdict.isLatest,
    keyId: verdict.keyId ?? '',
    pseudonym: receipt.pii_principal_id,
    jurisdiction: stated(processing.jurisdiction),
    jws,
    downloadHref: `${href}/download`,
  };
}

function presentItems(
  { purpose, pii_information: pii }: ReceiptPurpose,
  claims: ClaimCatalogue,
  locale: string,
) {
  return pii.map((item) => ({
    title: claims.titleOf(item.pii_type, locale),
    isShared: choseToShare(item),
    isNeeded: !item.pii_optional,
    purpose: stated(purpose),
    isOnce: item.validity_duration === 'once',
    expiresAt: item.expires_at === null ? null : new Date(item.expires_at),
  }));
}

function stated(text: string): string | null {
  return text === NOT_STATED ? null : text;
}

function receiptHref(receiptId: string): string {
  return `/account/receipts/${encodeURIComponent(receiptId)}`;
}

function nameOf(stored: StoredReceipt | undefined): string {
  return stored?.receipt.pii_processing.service ?? '';
}

function hrefOfApp(clientId: string): string {
  return `/account/apps/${encodeURIComponent(clientId)}`;
}

function olderHref(clientId: string | undefined, before: string): string {
  const query = new URLSearchParams({
    ...(clientId === undefined ? {} : { app: clientId }),
    before,
  });
  return `/account/receipts?${query.toString()}`;
}
