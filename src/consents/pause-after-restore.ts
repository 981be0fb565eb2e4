import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import { createPauseStore } from './pause-store.ts';
import { recordEvent } from './record-event.ts';

const BATCH = 200;

/**
 * Pauses every consent that is in force: it may have been withdrawn after the dump from which the database was restored. The person is asked
 * again at the next sign-in to the app, with the earlier answers as the proposal. Each consent is paused with its event and receipt in
 * one transaction, so this can be stopped and started again.
 * @returns how many.
 */
export async function pauseAfterRestore(deps: ConsentDeps): Promise<number> {
  let paused = 0;
  for (;;) {
    const candidates = await createPauseStore(deps.db).listInForce(BATCH);
    for (const candidate of candidates) {
      if (await pauseOne(deps, candidate)) paused += 1;
    }
    if (candidates.length < BATCH) return paused;
  }
}

async function pauseOne(
  deps: ConsentDeps,
  { id, accountId, clientId }: { id: string; accountId: string; clientId: string },
): Promise<boolean> {
  return deps.db.transaction(async (tx) => {
    if (!(await createPauseStore(tx).markSuspendedAgain(id, deps.clock.now()))) return false;
    const consent = await createConsentStore(tx).findActive(accountId, clientId);
    if (consent === null) throw new Error('a consent vanished while it was paused');
    const { version } = consent;
    await recordEvent(deps, tx, { consent, kind: 'suspended', details: { version }, locale: null });
    await deps.audit.record(tx, { kind: 'consent.suspended', accountId, clientId });
    await deps.feed.publish(tx, 'consent', `${accountId}:${clientId}`);
    return true;
  });
}
