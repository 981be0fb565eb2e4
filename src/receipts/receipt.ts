import type { ConsentEvent } from '../consents/consent.ts';
import type { Duration } from '../consents/duration.ts';

/** The members of receipts about this installation. */
export interface ReceiptSettings {
  readonly issuer: string;
  /** Where the law is that holds here: an ISO 3166 code, or free text. */
  readonly jurisdiction: string;
  /** 32 bytes; makes the pseudonyms in receipts. */
  readonly pseudonymKey: Buffer;
}

/** Names the structure; a field only ever comes on top. */
export const RECEIPT_SCHEMA = 'ISO/IEC TS 27560:2023; consentry/1';

/** `typ` of the signed form (RFC 7515 §4.1.9): no other statement of this server can pass as a receipt. */
export const RECEIPT_TYP = 'consent-receipt+jwt';

/** For fields that the standard requires and that apps do not register. */
export const NOT_STATED = 'not stated';

/** One claim in a receipt: its name and the decision, never its value (ISO/IEC TS 27560:2023 §6.3.5). */
export interface ReceiptPii {
  readonly pii_type: string;
  /** A pseudonym of the chosen value that is different for each app; shows whether two receipts concern the same value. */
  readonly pii_attribute_id: string | null;
  readonly pii_optional: boolean;
  readonly sensitive_pii_category: 'low' | 'medium' | 'high';
  readonly decision: 'share' | 'refuse';
  readonly validity_duration: Duration;
  readonly expires_at: string | null;
  readonly decided_at: string;
}

/** Why an app wants one claim (ISO/IEC TS 27560:2023 §6.3.4). */
export interface ReceiptPurpose {
  readonly purpose: string;
  readonly purpose_version: number;
  readonly lawful_basis: 'consent';
  readonly pii_information: readonly ReceiptPii[];
  readonly pii_controllers: readonly string[];
  readonly collection_method: string;
  readonly storage_locations: string;
  readonly retention_period: string;
  readonly recipient_third_parties: string;
  readonly withdrawal_method: string;
}

/** A party of the consent (ISO/IEC TS 27560:2023 §6.3.6). */
export interface ReceiptParty {
  readonly party_id: string;
  readonly party_name: string;
  readonly party_type: 'pii_controller' | 'consent_record_keeper';
  readonly party_url: string | null;
  readonly party_email: string | null;
  readonly party_contact: string;
  readonly party_address: string;
}

export type ReceiptEventState =
  | 'consent_given'
  | 'consent_changed'
  | 'consent_kept'
  | 'consent_refused'
  | 'consent_withdrawn'
  | 'consent_expired'
  | 'consent_suspended'
  | 'consent_resumed'
  | 'consent_handed_back';

/** One event (ISO/IEC TS 27560:2023 §6.3.7). */
export interface ReceiptEvent {
  readonly event_time: string;
  readonly event_type: 'explicit' | 'automatic';
  readonly event_state: ReceiptEventState;
  /** The actor: the pseudonym of the person, the app, or this server. */
  readonly entity_id: string;
  readonly validity_duration: string;
  /** The claims it was about. */
  readonly pii_types: readonly string[];
}

/**
 * The content of a receipt: the whole consent as it is after one event. The names follow ISO/IEC TS 27560:2023; members that it
 * does not define are named in the same manner.
 */
export interface ConsentReceipt {
  readonly schema_version: string;
  readonly receipt_id: string;
  /** The consent. */
  readonly record_id: string;
  readonly record_version: number;
  readonly record_status: 'active' | 'suspended' | 'withdrawn';
  readonly pii_principal_id: string;
  readonly pii_processing: {
    readonly privacy_notice: string | null;
    /** The text that the person read: SHA-256, and page with its version. Null when there was no page. */
    readonly notice_hash: string | null;
    readonly notice_version: string | null;
    readonly language: string | null;
    readonly jurisdiction: string;
    readonly service: string;
    readonly purposes: readonly ReceiptPurpose[];
    readonly permissions: readonly {
      readonly scope: string;
      readonly resource: string | null;
      readonly decision: 'allow' | 'refuse';
    }[];
  };
  readonly party_identification: readonly ReceiptParty[];
  readonly event: ReceiptEvent;
}

/** A receipt as it is kept, beside its event. */
export interface StoredReceipt {
  readonly eventId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly kind: ConsentEvent['kind'];
  readonly receipt: ConsentReceipt;
  readonly occurredAt: Date;
  /** The signed form, once it was requested. */
  readonly jws: string | null;
}

/**
 * The same receipt in the words of the Kantara Consent Receipt Specification 1.1.0, for readers of that. Derived, so
 * that the two can never disagree.
 */
export function toKantara(receipt: ConsentReceipt): Readonly<Record<string, unknown>> {
  const { pii_processing: processing, event } = receipt;
  const controllers = receipt.party_identification.filter(
    ({ party_type: type }) => type === 'pii_controller',
  );
  const sensitive = processing.purposes
    .flatMap(({ pii_information: pii }) => pii)
    .filter(({ sensitive_pii_category: category }) => category === 'high');
  return {
    version: 'KI-CR-v1.1.0',
    jurisdiction: processing.jurisdiction,
    consentTimestamp: Math.floor(Date.parse(event.event_time) / 1000),
    collectionMethod: processing.purposes[0]?.collection_method ?? NOT_STATED,
    consentReceiptID: receipt.receipt_id,
    language: processing.language ?? 'en',
    piiPrincipalId: receipt.pii_principal_id,
    piiControllers: controllers.map((party) => ({
      piiController: party.party_name,
      contact: party.party_contact,
      email: party.party_email ?? NOT_STATED,
      piiControllerUrl: party.party_url ?? NOT_STATED,
      address: { streetAddress: party.party_address },
    })),
    policyUrl: processing.privacy_notice ?? NOT_STATED,
    services: [
      { service: processing.service, purposes: processing.purposes.map(toKantaraPurpose) },
    ],
    sensitive: sensitive.length > 0,
    spiCat: sensitive.map(({ pii_type: type }) => type),
  };
}

function toKantaraPurpose({ purpose, pii_information: pii }: ReceiptPurpose): object {
  const shared = pii.filter(({ decision }) => decision === 'share');
  return {
    purpose,
    purposeCategory: [],
    consentType: 'EXPLICIT',
    piiCategory: shared.map(({ pii_type: type }) => type),
    primaryPurpose: pii.some(({ pii_optional: isOptional }) => !isOptional),
    termination: pii[0]?.expires_at ?? pii[0]?.validity_duration ?? NOT_STATED,
    thirdPartyDisclosure: false,
  };
}
