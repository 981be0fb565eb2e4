import type { ConsentDeps } from '../consent-deps.ts';
import { pauseConsent } from './pause-consent.ts';
import { createPauseStore } from './pause-store.ts';

const BATCH = 200;

/**
 * Pauses every consent that is in force: it may have been withdrawn after the dump from which the database was restored. The person decides
 * again at the next sign-in to the app, with the earlier answers as the proposal. Each consent is paused with its event and receipt in
 * one transaction, so this can be stopped and started again.
 * @returns how many.
 */
export async function pauseAfterRestore(deps: ConsentDeps): Promise<number> {
  let paused = 0;
  for (;;) {
    const candidates = await createPauseStore(deps.db).listInForce(BATCH);
    for (const candidate of candidates) {
      const isPaused = await deps.db.transaction((tx) =>
        pauseConsent(deps, tx, { candidate, reason: 'restored', decidedBefore: null }),
      );
      if (isPaused) paused += 1;
    }
    if (candidates.length < BATCH) return paused;
  }
}
