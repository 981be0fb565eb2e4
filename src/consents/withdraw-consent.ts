import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';

export interface WithdrawConsentInput {
  readonly accountId: string;
  readonly clientId: string;
}

/**
 * Ends what an app may have: the consent, its grants and every code and token under them, in one transaction that is
 * announced to every node. Does nothing when there is no active consent.
 */
export async function withdrawConsent(
  deps: ConsentDeps,
  { accountId, clientId }: WithdrawConsentInput,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const store = createConsentStore(tx);
    const consent = await store.lockActive(accountId, clientId);
    if (consent === null) return;
    const now = deps.clock.now();
    await store.markWithdrawn(consent.id, now);
    const ended = await deps.tokens.revokeGrants(tx, { consentId: consent.id });
    await store.insertEvent({
      consentId: consent.id,
      accountId,
      clientId,
      kind: 'withdrawn',
      details: { version: consent.version + 1 },
      locale: null,
      occurredAt: now,
    });
    await deps.audit.record(tx, {
      kind: 'consent.withdrawn',
      accountId,
      clientId,
      details: { grantsEnded: ended },
    });
    await deps.feed.publish(tx, 'consent', `${accountId}:${clientId}`);
  });
}
