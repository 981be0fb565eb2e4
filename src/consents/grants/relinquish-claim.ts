import { AppError } from '../../platform/app-error.ts';
import { createConsentStore } from '../consent-store.ts';
import type { Consent, ConsentKey } from '../consent.ts';
import type { ConsentsContext } from '../context.ts';
import { findItem } from '../covers-request.ts';
import { transition, untilWritten } from '../transition.ts';

export interface RelinquishClaimInput extends ConsentKey {
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
  ctx: ConsentsContext,
  { accountId, clientId, grantId, claim }: RelinquishClaimInput,
): Promise<Consent> {
  const [client, catalogue] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  return untilWritten(ctx, { accountId, clientId }, async (db) => {
    const store = createConsentStore(db);
    const consent = await store.findActive({ accountId, clientId });
    if (consent?.grantId !== grantId) throw new AppError('not_found', 'grant_not_found');
    if (findItem(consent, claim)?.decision !== 'share') {
      if (await store.wasRelinquished(consent, claim)) return consent;
      throw new AppError('not_found', 'claim_not_granted');
    }
    // A pause goes on: an app that takes less has not been allowed again.
    return transition(ctx, db, {
      consent,
      change: { items: [], scopes: [], dropped: { claims: [claim], scopes: [] } },
      event: { kind: 'handed_back', locale: null },
      client,
      catalogue,
    });
  });
}
