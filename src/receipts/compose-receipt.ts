import { randomUUID } from 'node:crypto';

import type { Client } from '../clients/index.ts';
import { keyedIndex } from '../platform/keys/encryption.ts';
import type { ClaimCatalogue } from '../vault/index.ts';
import { inProfileOrder } from '../vault/claim-catalogue/claim-order.ts';
import type { Consent, ConsentEvent, ConsentItem } from '../consents/consent.ts';
import type { ConsentText, WrittenText } from './consent-text.ts';
import { purposeIn } from '../consents/page/consent-prompt.ts';
import {
  NOT_STATED,
  RECEIPT_SCHEMA,
  type ConsentReceipt,
  type ReceiptEvent,
  type ReceiptEventState,
  type ReceiptParty,
  type ReceiptPii,
  type ReceiptPurpose,
  type ReceiptSettings,
} from './receipt.ts';

/** An event, and the consent after it. */
export interface ReceiptOccasion {
  /** As it is after the event. */
  readonly consent: Consent;
  /** Null when the app is not registered any more. */
  readonly client: Client | null;
  /** The catalogue with the sensitivity of each claim. */
  readonly claims: ClaimCatalogue;
  readonly kind: ConsentEvent['kind'];
  readonly details: ConsentEvent['details'];
  readonly locale: string | null;
  readonly occurredAt: Date;
  readonly text: (ConsentText & WrittenText) | null;
}

const STATES: Readonly<Record<ConsentEvent['kind'], ReceiptEventState>> = {
  allowed: 'consent_given',
  changed: 'consent_changed',
  kept: 'consent_kept',
  refused: 'consent_refused',
  withdrawn: 'consent_withdrawn',
  expired: 'consent_expired',
  suspended: 'consent_suspended',
  resumed: 'consent_resumed',
  handed_back: 'consent_handed_back',
};

/** Events without a request of a person or an app. */
const BY_THE_SERVER: ReadonlySet<ConsentEvent['kind']> = new Set(['expired', 'suspended']);

/** States the consent as it is after an event: names of claims and decisions, never a value. */
export function composeReceipt(
  settings: ReceiptSettings,
  occasion: ReceiptOccasion,
): ConsentReceipt {
  const { consent, client, text, locale } = occasion;
  const principal = pseudonymOf(settings, consent.clientId, consent.accountId);
  return {
    schema_version: RECEIPT_SCHEMA,
    receipt_id: randomUUID(),
    record_id: consent.id,
    record_version: consent.version,
    record_status: statusOf(consent),
    pii_principal_id: principal,
    pii_processing: {
      privacy_notice: client?.policyUri ?? null,
      notice_hash: text === null ? null : `sha-256:${text.hash.toString('base64url')}`,
      notice_version: text === null ? null : `${text.page}/${String(text.pageVersion)}`,
      language: locale,
      jurisdiction: settings.jurisdiction,
      service: client?.name ?? consent.clientId,
      purposes: inProfileOrder(consent.items).map((item) => purposeOf(settings, occasion, item)),
      permissions: consent.scopes.map(({ scope, resource, decision }) => ({
        scope,
        resource,
        decision,
      })),
    },
    party_identification: partiesOf(settings, occasion),
    event: eventOf(settings, occasion, principal),
  };
}

/** A pseudonym that only distinguishes two values of one app; another app gets another pseudonym for the same value. */
function pseudonymOf(settings: ReceiptSettings, clientId: string, id: string): string {
  return keyedIndex(settings.pseudonymKey, `${clientId}\n${id}`)
    .subarray(0, 16)
    .toString('base64url');
}

function purposeOf(
  settings: ReceiptSettings,
  occasion: ReceiptOccasion,
  item: ConsentItem,
): ReceiptPurpose {
  const { client, consent } = occasion;
  const request = client?.requests.find(({ claim }) => claim === item.claim);
  // Another wording than the one that was agreed to must not stand in for it: that one is in the receipt of its decision.
  const isSameWording = request?.purposeVersion === item.purposeVersion;
  const wording = item.purpose ?? (isSameWording ? request.purpose : null);
  const purpose = purposeIn(wording, occasion.locale ?? 'en');
  return {
    purpose: purpose ?? NOT_STATED,
    purpose_version: item.purposeVersion,
    lawful_basis: 'consent',
    pii_information: [piiOf(settings, occasion, item)],
    pii_controllers: [consent.clientId],
    collection_method: collectionMethodOf(occasion),
    storage_locations: NOT_STATED,
    retention_period: NOT_STATED,
    recipient_third_parties: NOT_STATED,
    withdrawal_method: `${settings.issuer}/account/apps/${encodeURIComponent(consent.clientId)}/end`,
  };
}

function piiOf(
  settings: ReceiptSettings,
  { consent, claims }: ReceiptOccasion,
  item: ConsentItem,
): ReceiptPii {
  const { claim, attributeId, isEssential, decision, duration, expiresAt, decidedAt } = item;
  return {
    pii_type: claim,
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

function collectionMethodOf({ text, kind }: ReceiptOccasion): string {
  if (text !== null) return `web page (${text.page})`;
  return BY_THE_SERVER.has(kind) ? 'none: the server did this by itself' : 'account API';
}

function partiesOf(
  settings: ReceiptSettings,
  { client, consent }: ReceiptOccasion,
): ReceiptParty[] {
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
      party_id: settings.issuer,
      party_name: new URL(settings.issuer).host,
      party_type: 'consent_record_keeper',
      party_url: settings.issuer,
      party_email: null,
      party_contact: settings.issuer,
      party_address: NOT_STATED,
    },
  ];
}

function eventOf(
  settings: ReceiptSettings,
  { kind, occurredAt, consent, details }: ReceiptOccasion,
  principal: string,
): ReceiptEvent {
  const isAutomatic = BY_THE_SERVER.has(kind);
  const person = kind === 'handed_back' ? consent.clientId : principal;
  return {
    event_time: occurredAt.toISOString(),
    event_type: isAutomatic ? 'automatic' : 'explicit',
    event_state: STATES[kind],
    entity_id: isAutomatic ? settings.issuer : person,
    validity_duration: durationOf(consent),
    pii_types: [
      ...(details.items ?? consent.items).map(({ claim }) => claim),
      ...(details.dropped?.claims ?? []),
    ],
  };
}

function statusOf({ status, suspendedAt }: Consent): ConsentReceipt['record_status'] {
  return status === 'active' && suspendedAt !== null ? 'suspended' : status;
}

/** Until when anything of it holds by itself. */
function durationOf({ items, status }: Consent): string {
  if (status === 'withdrawn') return 'ended';
  const shared = items.filter(({ decision }) => decision === 'share');
  const isOpen = shared.length === 0 || shared.some(({ expiresAt }) => expiresAt === null);
  if (isOpen) return 'until_withdrawn';
  const last = Math.max(...shared.map(({ expiresAt }) => expiresAt?.getTime() ?? 0));
  return `until ${new Date(last).toISOString()}`;
}
