import type { Database } from '../../platform/postgres/postgres.ts';
import type { ConsentDeps } from '../consent-deps.ts';
import { createConsentStore } from '../consent-store.ts';
import { createExpiryStore, type ConsentWithExpired } from './expiry-store.ts';
import { recordEvent } from '../record-event.ts';

const BATCH = 100;

/**
 * Writes expired decisions into the history, each once. Releases end with the expiry time itself, which is checked at each read;
 * this job only records it. Safe to run on every node at once.
 * @returns how many consents had expired decisions.
 */
export async function recordExpirations(
  deps: ConsentDeps,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let told = 0;
  for (;;) {
    const found = await createExpiryStore(deps.db).list(deps.clock.now(), BATCH);
    for (const consent of found) {
      if (signal.aborted) return told;
      const isTold = await deps.db.transaction((tx) => tell(deps, tx, consent));
      if (isTold) told += 1;
    }
    if (found.length < BATCH) return told;
  }
}

async function tell(
  deps: ConsentDeps,
  tx: Database,
  { id, accountId, clientId }: ConsentWithExpired,
): Promise<boolean> {
  const consent = await createConsentStore(tx).lockActive(accountId, clientId);
  const claims = await createExpiryStore(tx).markTold(id, deps.clock.now());
  if (consent?.id !== id || claims.length === 0) return false;
  const items = consent.items
    .filter(({ claim }) => claims.includes(claim))
    .map(({ claim, decision, duration, purposeVersion, attributeId }) => ({
      claim,
      decision,
      duration,
      purposeVersion,
      attributeId,
    }));
  const details = { version: consent.version, items };
  await recordEvent(deps, tx, { consent, kind: 'expired', details, locale: null });
  await deps.audit.record(tx, {
    kind: 'consent.expired',
    accountId,
    clientId,
    details: { ended: items.length },
  });
  return true;
}
