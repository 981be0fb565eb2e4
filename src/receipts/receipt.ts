import { randomUUID } from 'node:crypto';

import { purposeIn } from '../clients/index.ts';
import { keyedIndex } from '../platform/keys/encryption.ts';
import { inProfileOrder } from '../scopes/index.ts';
import {
  choseToShare,
  EVENT_STATES,
  type ConsentEventKind,
  type ReceiptConsent,
  type ReceiptEvent,
  type ReceiptItem,
} from './consent-event.ts';
import type { ReceiptsContext } from './context.ts';

/** Names the structure; later versions only add fields. */
const RECEIPT_SCHEMA = 'ISO/IEC TS 27560:2023; consentry/1';

/** `typ` of the signed form (RFC 7515 §4.1.9): no other statement of this server can pass as a receipt. */
export const RECEIPT_TYP = 'consent-receipt+jwt';

/** For fields that the standard requires and that apps do not register. */
export const NOT_STATED = 'not stated';

/** The dependencies of the content of receipts. */
type ReceiptSettings = Pick<ReceiptsContext, 'issuer' | 'jurisdiction' | 'pseudonymKey'>;

/** Events without a request of a person or an app. */
const AUTOMATIC: ReadonlySet<ConsentEventKind> = new Set(['expired', 'suspended']);

/**
 * States the whole consent as it is after an event: names of claims and decisions, never a value. The names follow
 * ISO/IEC TS 27560:2023; members that it does not define are named in the same manner.
 */
export function composeReceipt(settings: ReceiptSettings, event: ReceiptEvent) {
  const { consent, client, text, locale } = event;
  const principal = pseudonymOf(settings, consent.clientId, consent.accountId);
  return {
    schema_version: RECEIPT_SCHEMA,
    receipt_id: randomUUID(),
    /** The consent. */
    record_id: consent.id,
    record_version: consent.version,
    record_status: statusOf(consent),
    pii_principal_id: principal,
    pii_processing: {
      privacy_notice: client?.policyUri ?? null,
      /** The text that the person read: SHA-256, and page with its version. Null when there was no page. */
      notice_hash: text === null ? null : `sha-256:${text.hash.toString('base64url')}`,
      notice_version: text === null ? null : `${text.page}/${String(text.pageVersion)}`,
      language: locale,
      jurisdiction: settings.jurisdiction,
      service: client?.name ?? consent.clientId,
      purposes: inProfileOrder(consent.items).map((item) => purposeOf(settings, event, item)),
      permissions: consent.scopes.map(({ scope, resource, decision }) => ({
        scope,
        resource,
        decision,
      })),
    },
    party_identification: partiesOf(settings, event),
    event: eventOf(settings, event, principal),
  };
}

/** The content of a receipt. */
export type ConsentReceipt = ReturnType<typeof composeReceipt>;

/** A receipt as it is stored, beside its event. */
export interface StoredReceipt {
  readonly eventId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly kind: ConsentEventKind;
  readonly receipt: ConsentReceipt;
  readonly occurredAt: Date;
  /** The signed form, once it was requested. */
  readonly jws: string | null;
}

/** A pseudonym that distinguishes values within one app; for another app the same value has another pseudonym. */
function pseudonymOf(settings: ReceiptSettings, clientId: string, id: string): string {
  return keyedIndex(settings.pseudonymKey, `${clientId}\n${id}`)
    .subarray(0, 16)
    .toString('base64url');
}

/** The reason why an app wants one claim (ISO/IEC TS 27560:2023 §6.3.4). */
function purposeOf(settings: ReceiptSettings, event: ReceiptEvent, item: ReceiptItem) {
  const { client, consent } = event;
  const request = client?.requests.find(({ claim }) => claim === item.claim);
  // A different wording must not replace the one that the person agreed to, which is in the receipt of that decision.
  const isSameWording = request?.purposeVersion === item.purposeVersion;
  const wording = item.purpose ?? (isSameWording ? request.purpose : null);
  return {
    purpose: purposeIn(wording, event.locale ?? 'en') ?? NOT_STATED,
    purpose_version: item.purposeVersion,
    lawful_basis: 'consent',
    pii_information: [piiOf(settings, event, item)],
    pii_controllers: [consent.clientId],
    collection_method: collectionMethodOf(event),
    storage_locations: NOT_STATED,
    retention_period: NOT_STATED,
    recipient_third_parties: NOT_STATED,
    withdrawal_method: `${settings.issuer}/account/apps/${encodeURIComponent(consent.clientId)}/end`,
  };
}

/** One claim: its name and the decision, never its value (ISO/IEC TS 27560:2023 §6.3.5). */
function piiOf(
  settings: ReceiptSettings,
  { consent, claims }: ReceiptEvent,
  { claim, attributeId, isEssential, decision, duration, expiresAt, decidedAt }: ReceiptItem,
) {
  return {
    pii_type: claim,
    /** A pseudonym of the chosen value, different for each app; shows whether two receipts concern the same value. */
    pii_attribute_id:
      attributeId === null ? null : pseudonymOf(settings, consent.clientId, attributeId),
    pii_optional: !isEssential,
    sensitive_pii_category: claims.find(claim)?.sensitivity ?? 'medium',
    decision,
    validity_duration: duration,
    expires_at: expiresAt?.toISOString() ?? null,
    decided_at: decidedAt.toISOString(),
  };
}

function collectionMethodOf({ text, kind }: ReceiptEvent): string {
  if (text !== null) return `web page (${text.page})`;
  return AUTOMATIC.has(kind) ? 'none: the server did this by itself' : 'account API';
}

/** The app and this server (ISO/IEC TS 27560:2023 §6.3.6). */
function partiesOf({ issuer }: ReceiptSettings, { client, consent }: ReceiptEvent) {
  return [
    {
      party_id: consent.clientId,
      party_name: client?.name ?? consent.clientId,
      party_type: 'pii_controller',
      party_url: client?.clientUri ?? null,
      party_email: client?.contact ?? null,
      party_contact: client?.contact ?? NOT_STATED,
      party_address: NOT_STATED,
    },
    {
      party_id: issuer,
      party_name: new URL(issuer).host,
      party_type: 'consent_record_keeper',
      party_url: issuer,
      party_email: null,
      party_contact: issuer,
      party_address: NOT_STATED,
    },
  ];
}

/** The event itself (ISO/IEC TS 27560:2023 §6.3.7). */
function eventOf(
  { issuer }: ReceiptSettings,
  { kind, occurredAt, consent, details }: ReceiptEvent,
  principal: string,
) {
  const isAutomatic = AUTOMATIC.has(kind);
  const requester = kind === 'handed_back' ? consent.clientId : principal;
  return {
    event_time: occurredAt.toISOString(),
    event_type: isAutomatic ? 'automatic' : 'explicit',
    event_state: EVENT_STATES[kind],
    /** The actor: the pseudonym of the person, the app, or this server. */
    entity_id: isAutomatic ? issuer : requester,
    validity_duration: durationOf(consent),
    /** The claims it was about. */
    pii_types: [
      ...(details.items ?? consent.items).map(({ claim }) => claim),
      ...(details.dropped?.claims ?? []),
    ],
  };
}

function statusOf({ status, suspendedAt }: ReceiptConsent) {
  return status === 'active' && suspendedAt !== null ? 'suspended' : status;
}

/** The time of the last expiry; `until_withdrawn` when at least one value has none. */
function durationOf({ items, status }: ReceiptConsent): string {
  if (status === 'withdrawn') return 'ended';
  const shared = items.filter(choseToShare);
  const isOpen = shared.length === 0 || shared.some(({ expiresAt }) => expiresAt === null);
  if (isOpen) return 'until_withdrawn';
  const last = Math.max(...shared.map(({ expiresAt }) => expiresAt?.getTime() ?? 0));
  return `until ${new Date(last).toISOString()}`;
}
