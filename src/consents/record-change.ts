import type { Client } from '../clients/index.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentEvent } from './consent.ts';
import { isPaused } from './entitlement.ts';
import type { Decided } from './apply-decision.ts';
import type { ConsentText } from '../receipts/index.ts';
import { createPauseStore } from './lifecycle/pause-store.ts';
import { recordEvent } from './record-event.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';

export interface ConsentChange {
  readonly consent: Consent;
  readonly decided: Decided;
  readonly kind: Extract<
    ConsentEvent['kind'],
    'allowed' | 'changed' | 'kept' | 'resumed' | 'handed_back'
  >;
  readonly locale: string | null;
  /** The text that the person read before deciding; left out when there was no page. */
  readonly text?: ConsentText | null | undefined;
  /** The app, when the caller has it at hand. */
  readonly client?: Client | null | undefined;
  readonly claims?: ClaimCatalogue | undefined;
}

/**
 * Writes decisions into a locked consent: rows, history, audit and the announcement to every node, all in `tx`.
 * @returns the consent as it is now.
 */
export async function recordChange(
  deps: ConsentDeps,
  tx: Database,
  change: ConsentChange,
): Promise<Consent> {
  const { consent, decided, kind, locale, text, client, claims } = change;
  const { id, accountId, clientId } = consent;
  const store = createConsentStore(tx);
  const now = deps.clock.now();
  const version = consent.version + 1;
  if (decided.items.length > 0) await store.saveItems(id, decided.items);
  if (decided.scopes.length > 0) await store.saveScopes(id, decided.scopes, now);
  if (decided.kept !== undefined && decided.kept.length > 0)
    await store.keepItems(id, decided.kept);
  if (decided.dropped !== undefined) await store.drop(id, decided.dropped);
  // An app that takes less has not been let in again.
  const isDecision = kind !== 'handed_back';
  if (isPaused(consent) && isDecision) await createPauseStore(tx).markResumed(id, now);
  await store.saveVersion({ id, version, updatedAt: now });
  await deps.audit.record(tx, {
    kind: `consent.${kind}`,
    accountId,
    clientId,
    details: { version, shared: countShared(decided), answered: decided.items.length },
  });
  await deps.feed.publish(tx, 'consent', `${accountId}:${clientId}`);
  const saved = await store.findActive(accountId, clientId);
  if (saved === null) throw new Error('a locked consent vanished');
  const details = { version, ...summarise(decided) };
  const event = { consent: saved, kind, details, locale, text, client, claims };
  await recordEvent(deps, tx, event);
  return saved;
}

function summarise(decided: Decided): ConsentEvent['details'] {
  const { kept = [], dropped } = decided;
  return {
    ...(kept.length > 0 ? { kept: kept.map(({ claim }) => claim) } : {}),
    ...(dropped === undefined ? {} : { dropped }),
    items: decided.items.map(({ claim, decision, duration, purposeVersion, attributeId }) => ({
      claim,
      decision,
      duration,
      purposeVersion,
      attributeId,
    })),
    scopes: decided.scopes,
  };
}

function countShared({ items }: Decided): number {
  return items.filter(({ decision }) => decision === 'share').length;
}
