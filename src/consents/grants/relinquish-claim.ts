import { AppError } from '../../platform/app-error.ts';
import { choseToShare } from '../../receipts/index.ts';
import { createConsentStore } from '../consent-store.ts';
import type { Consent, ConsentKey } from '../consent.ts';
import type { ConsentsContext } from '../context.ts';
import { findItem } from '../covers-request.ts';
import { transition, untilWritten } from '../transition.ts';

interface RelinquishClaimInput extends ConsentKey {
  /** The grant id with which the app identifies the consent. */
  readonly grantId: string;
  /** The claim that the app no longer needs. */
  readonly claim: string;
}

/**
 * Removes one claim from a consent because the app relinquishes it. To receive it later, the app has to request it and
 * the person has to allow it. The history shows the event, and there is a receipt. Does nothing when the app has
 * relinquished it before.
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
    const item = findItem(consent, claim);
    if (item === undefined || !choseToShare(item)) {
      if (await store.wasRelinquished(consent, claim)) return consent;
      throw new AppError('not_found', 'claim_not_granted');
    }
    // A pause stays: to relinquish a claim does not resume the consent.
    return transition(ctx, db, {
      consent,
      change: { items: [], scopes: [], dropped: { claims: [claim], scopes: [] } },
      event: { kind: 'handed_back', locale: null },
      client,
      catalogue,
    });
  });
}
