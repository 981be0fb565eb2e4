import type { ConsentDeps } from '../consent-deps.ts';
import { provenEmail } from '../../vault/index.ts';
import { pauseConsent } from './pause-consent.ts';
import { createPauseStore, type PauseCandidate } from './pause-store.ts';
import { TELL_APP_JOB } from './notify-client-of-pauses.ts';

const DAY_MS = 86_400_000;
const BATCH = 100;
/** Pauses of one app within this time are reported in one mail. */
const GATHER_MS = 3_600_000;

/**
 * Pauses consents of which the app has read nothing, and the person decided nothing, for the configured days: no
 * value is released until the person resumes it. A consent without values cannot be unread and is not paused. The person and the app
 * get a notice. Safe to run on every node at once.
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
  candidate: PauseCandidate,
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
    if (!(await pauseConsent(deps, tx, { candidate, reason: 'unused', decidedBefore: before })))
      return false;
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
