import { AppError } from '../../platform/app-error.ts';
import type { ConsentDeps } from '../consent-deps.ts';
import { createConsentStore } from '../consent-store.ts';
import type { Consent } from '../consent.ts';
import { createConsentEventStore } from '../consent-event-store.ts';
import { findItem } from '../covers-request.ts';
import { recordChange } from '../record-change.ts';

export interface RelinquishClaimInput {
  readonly accountId: string;
  readonly clientId: string;
  /** By which the app names the consent. */
  readonly grantId: string;
  /** The claim it needs no longer. */
  readonly claim: string;
}

/**
 * Removes one claim from a consent because the app gives it back. To receive it later, the app has to request it and the person has to allow it. The person sees it
 * in their history and gets a receipt. Does nothing when the app has given it back before.
 * @throws AppError `grant_not_found`, `claim_not_granted` when the app does not have it.
 */
export async function relinquishClaim(
  deps: ConsentDeps,
  input: RelinquishClaimInput,
): Promise<Consent> {
  const { accountId, clientId, grantId, claim } = input;
  const [client, claims] = await Promise.all([deps.clients.find(clientId), deps.vault.claims()]);
  return deps.db.transaction(async (tx) => {
    const consent = await createConsentStore(tx).lockActive(accountId, clientId);
    if (consent?.grantId !== grantId) throw new AppError('not_found', 'grant_not_found');
    if (findItem(consent, claim)?.decision !== 'share') {
      if (await createConsentEventStore(tx).wasHandedBack(consent, claim)) return consent;
      throw new AppError('not_found', 'claim_not_granted');
    }
    const decided = { items: [], scopes: [], dropped: { claims: [claim], scopes: [] } };
    const change = { consent, decided, kind: 'handed_back', locale: null, client, claims } as const;
    return recordChange(deps, tx, change);
  });
}
