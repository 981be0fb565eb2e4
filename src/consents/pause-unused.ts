import type { Database } from '../platform/postgres.ts';
import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import { provenEmail } from '../vault/index.ts';
import { createPauseStore, type UnusedCandidate } from './pause-store.ts';
import { recordEvent } from './record-event.ts';
import { TELL_APP_JOB } from './tell-app-of-pauses.ts';

const DAY_MS = 86_400_000;
const BATCH = 100;
/** Pauses of one app are told in one mail. */
const GATHER_MS = 3_600_000;

/**
 * Pauses consents of which the app has read nothing, and the person decided nothing, for the days that are set (F12): nothing
 * leaves until the person resumes it. What lets an app read no value cannot lie unread and is left alone. Person and app
 * are told. Safe to run on every node at once.
 * @returns how many were paused.
 */
export async function pauseUnused(
  deps: ConsentDeps,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  if (deps.unusedAfterDays === 0) return 0;
  const before = new Date(deps.clock.now().getTime() - deps.unusedAfterDays * DAY_MS);
  let paused = 0;
  for (;;) {
    const candidates = await createPauseStore(deps.db).listCandidates(before, BATCH);
    for (const candidate of candidates) {
      if (signal.aborted) return paused;
      if (await pauseUnlessRead(deps, candidate, before)) paused += 1;
    }
    if (candidates.length < BATCH) return paused;
  }
}

/** One that was read, or decided, since is looked at again when that has become old. */
async function pauseUnlessRead(
  deps: ConsentDeps,
  candidate: UnusedCandidate,
  before: Date,
): Promise<boolean> {
  const { id, accountId, clientId } = candidate;
  const [newest] = await deps.ledger.list({ accountId, clientId, limit: 1 });
  if (newest !== undefined && newest.releasedAt >= before) {
    await createPauseStore(deps.db).noteRead(id, newest.releasedAt);
    return false;
  }
  const [client, account, attributes] = await Promise.all([
    deps.clients.find(clientId),
    deps.accounts.find(accountId),
    deps.vault.recentAttributes(accountId),
  ]);
  const to = account?.status === 'active' ? provenEmail(attributes) : undefined;
  return deps.db.transaction(async (tx) => {
    if (!(await pause(deps, tx, { candidate, before }))) return false;
    if (to !== undefined) {
      await deps.mailer.enqueue(tx, {
        to,
        template: 'app-paused',
        locale: account?.locale ?? 'en',
        values: { app: client?.name ?? clientId, clientId, days: deps.unusedAfterDays },
      });
    }
    const now = deps.clock.now();
    await deps.jobs.enqueue(tx, {
      name: TELL_APP_JOB,
      data: { clientId, since: now.toISOString() },
      key: clientId,
      runAt: new Date(now.getTime() + GATHER_MS),
    });
    return true;
  });
}

async function pause(
  deps: ConsentDeps,
  tx: Database,
  { candidate, before }: { readonly candidate: UnusedCandidate; readonly before: Date },
): Promise<boolean> {
  const { id, accountId, clientId } = candidate;
  const now = deps.clock.now();
  if (!(await createPauseStore(tx).markSuspended(id, now, before))) return false;
  const consent = await createConsentStore(tx).findActive(accountId, clientId);
  if (consent === null) throw new Error('a consent vanished while it was paused');
  const { version } = consent;
  await recordEvent(deps, tx, { consent, kind: 'suspended', details: { version }, locale: null });
  await deps.audit.record(tx, { kind: 'consent.suspended', accountId, clientId });
  await deps.feed.publish(tx, 'consent', `${accountId}:${clientId}`);
  return true;
}
