import type { Database } from '../platform/postgres/postgres.ts';
import { choseToShare, type ConsentText } from '../receipts/index.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentEvent, ConsentKey } from './consent.ts';
import type { ConsentsContext } from './context.ts';
import { transition } from './transition.ts';

interface WithdrawConsentInput extends ConsentKey {
  /** The text that the person read before ending it, and its language; left out when there was no page. */
  readonly text?: ConsentText | null | undefined;
  /** The grant id with which the app itself ends the access; absent when the person ends it. */
  readonly relinquishedGrantId?: string | undefined;
  /** Sends a message in the same transaction, when there was a consent to end. */
  readonly notify?: ((tx: Database) => Promise<void>) | undefined;
}

/**
 * Ends the access of an app: the consent, its grants and every code and token under them, in one transaction that is
 * announced to every node. Does nothing when there is no active consent.
 */
export async function withdrawConsent(
  ctx: ConsentsContext,
  { accountId, clientId, text, relinquishedGrantId, notify }: WithdrawConsentInput,
): Promise<void> {
  const [client, catalogue] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  const isByApp = relinquishedGrantId !== undefined;
  await ctx.db.transaction(async (tx) => {
    const consent = await createConsentStore(tx).lockActive({ accountId, clientId });
    if (consent === null || (isByApp && relinquishedGrantId !== consent.grantId)) return;
    const grantsEnded = await ctx.tokens.revokeGrants(tx, { consentId: consent.id });
    const after = await transition(ctx, tx, {
      consent,
      change: { status: 'withdrawn' },
      event: {
        kind: isByApp ? 'handed_back' : 'withdrawn',
        locale: text?.locale ?? null,
        text,
        details: isByApp ? everythingOf(consent) : {},
        audit: { grantsEnded },
      },
      client,
      catalogue,
    });
    if (after === null) throw new Error('a locked consent changed');
    await notify?.(tx);
  });
}

function everythingOf({ items }: Consent): ConsentEvent['details'] {
  const shared = items.filter(choseToShare);
  return { items: [], dropped: { claims: shared.map(({ claim }) => claim), scopes: [] } };
}
