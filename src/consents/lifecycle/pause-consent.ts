import type { Database } from '../../platform/postgres/postgres.ts';
import type { PauseReason } from '../consent.ts';
import type { ConsentDeps } from '../consent-deps.ts';
import { createConsentStore } from '../consent-store.ts';
import { createPauseStore, type PauseCandidate } from './pause-store.ts';
import { recordEvent } from '../record-event.ts';

export interface PauseInput {
  readonly candidate: PauseCandidate;
  readonly reason: PauseReason;
  /** Leaves a consent alone that was decided since; null: pauses it whenever it was decided. */
  readonly decidedBefore: Date | null;
}

/**
 * Pauses one consent with its event, its receipt and its line in the audit record, in `tx`: nothing leaves until the person decides again.
 * @returns false when it has ended, is paused already, or was decided since.
 */
export async function pauseConsent(
  deps: ConsentDeps,
  tx: Database,
  { candidate, reason, decidedBefore }: PauseInput,
): Promise<boolean> {
  const { id, accountId, clientId } = candidate;
  const suspendedAt = deps.clock.now();
  const pause = { consentId: id, suspendedAt, reason, decidedBefore };
  if (!(await createPauseStore(tx).markSuspended(pause))) return false;
  const consent = await createConsentStore(tx).findActive(accountId, clientId);
  if (consent === null) throw new Error('a consent vanished while it was paused');
  const details = { version: consent.version, pausedFor: reason };
  await recordEvent(deps, tx, { consent, kind: 'suspended', details, locale: null });
  await deps.audit.record(tx, {
    kind: 'consent.suspended',
    accountId,
    clientId,
    details: { reason },
  });
  await deps.feed.publish(tx, 'consent', `${accountId}:${clientId}`);
  return true;
}
