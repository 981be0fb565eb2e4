import type { Database } from '../platform/postgres/postgres.ts';
import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentEvent } from './consent.ts';
import type { ConsentText } from '../receipts/index.ts';
import { recordEvent } from './record-event.ts';

export interface WithdrawConsentInput {
  readonly accountId: string;
  readonly clientId: string;
  /** The text that the person read before ending it, and its language; left out when there was no page. */
  readonly text?: ConsentText | null | undefined;
  /** The grant id by which the app itself gives everything back; left out when the person ends it. */
  readonly relinquishedGrantId?: string | undefined;
  /** Sends a message in the same transaction, when there was a consent to end. */
  readonly notify?: ((tx: Database) => Promise<void>) | undefined;
}

/**
 * Ends the access of an app: the consent, its grants and every code and token under them, in one transaction that is
 * announced to every node. Does nothing when there is no active consent.
 */
export async function withdrawConsent(
  deps: ConsentDeps,
  { accountId, clientId, text, relinquishedGrantId, notify }: WithdrawConsentInput,
): Promise<void> {
  const [client, claims] = await Promise.all([deps.clients.find(clientId), deps.vault.claims()]);
  await deps.db.transaction(async (tx) => {
    const store = createConsentStore(tx);
    const consent = await store.lockActive(accountId, clientId);
    if (consent === null) return;
    if (relinquishedGrantId !== undefined && relinquishedGrantId !== consent.grantId) return;
    const kind = relinquishedGrantId === undefined ? 'withdrawn' : 'handed_back';
    const now = deps.clock.now();
    await store.markWithdrawn(consent.id, now);
    const ended = await deps.tokens.revokeGrants(tx, { consentId: consent.id });
    const version = consent.version + 1;
    await recordEvent(deps, tx, {
      consent: { ...consent, version, status: 'withdrawn', updatedAt: now },
      kind,
      details:
        relinquishedGrantId === undefined ? { version } : { version, ...everythingOf(consent) },
      locale: text?.locale ?? null,
      text,
      client,
      claims,
    });
    await deps.audit.record(tx, {
      kind: `consent.${kind}`,
      accountId,
      clientId,
      details: { grantsEnded: ended },
    });
    await deps.feed.publish(tx, 'consent', `${accountId}:${clientId}`);
    await notify?.(tx);
  });
}

function everythingOf({ items }: Consent): Pick<ConsentEvent['details'], 'items' | 'dropped'> {
  const shared = items.filter(({ decision }) => decision === 'share');
  return { items: [], dropped: { claims: shared.map(({ claim }) => claim), scopes: [] } };
}
