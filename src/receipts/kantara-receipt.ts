import { NOT_STATED, type ConsentReceipt } from './receipt.ts';
import { choseToShare } from './consent-event.ts';

/**
 * The same receipt in the terms of the Kantara Consent Receipt Specification 1.1.0. It is derived from the receipt, so
 * that both always agree.
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

type Purpose = ConsentReceipt['pii_processing']['purposes'][number];

function toKantaraPurpose({ purpose, pii_information: pii }: Purpose): object {
  const shared = pii.filter(choseToShare);
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
