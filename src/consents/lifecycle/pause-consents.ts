import type { Database } from '../../platform/postgres/postgres.ts';
import { provenEmail } from '../../vault/index.ts';
import { createConsentStore } from '../consent-store.ts';
import type { ConsentKey, PauseReason } from '../consent.ts';
import type { ConsentsContext } from '../context.ts';
import { isPaused } from '../entitlement.ts';
import { transition } from '../transition.ts';
import { createLifecycleStore } from './lifecycle-store.ts';
import { NOTIFY_CLIENT_JOB } from './notify-client-of-pauses.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

const DAY_MS = 86_400_000;
const BATCH = 100;
/** Pauses of one app within this time are reported in one mail. */
const GATHER_MS = 3_600_000;

/**
 * Pauses consents of which the app has read nothing, and the person decided nothing, for the configured days: no
 * value is released until the person resumes it. A consent without values has no reads and is not paused. The person
 * and the app get a notice. Safe to run on every node at once.
 * @returns how many were paused.
 */
export async function pauseUnused(
  ctx: ConsentsContext,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  if (ctx.unusedAfterDays === 0) return 0;
  const before = new Date(ctx.clock.now().getTime() - ctx.unusedAfterDays * DAY_MS);
  let paused = 0;
  for (;;) {
    const candidates = await createLifecycleStore(ctx.db).listUnused(before, BATCH);
    for (const candidate of candidates) {
      if (signal.aborted) return paused;
      if (await pauseUnlessRead(ctx, candidate, before)) paused += 1;
    }
    if (candidates.length < BATCH) return paused;
  }
}

/**
 * Pauses every consent that is in force: it may have been withdrawn after the dump from which the database was restored. The person decides
 * again at the next sign-in to the app, with the earlier decisions as the proposal. Each consent is paused with its event and receipt
 * in one statement, so this can be stopped and started again.
 * @returns how many.
 */
export async function pauseAfterRestore(ctx: ConsentsContext): Promise<number> {
  let paused = 0;
  for (;;) {
    const candidates = await createLifecycleStore(ctx.db).listInForce(BATCH);
    for (const candidate of candidates) {
      if (await pauseConsent(ctx, candidate, { reason: 'restored' })) paused += 1;
    }
    if (candidates.length < BATCH) return paused;
  }
}

/** A consent that was read since is checked again when that read is long ago. */
async function pauseUnlessRead(
  ctx: ConsentsContext,
  key: ConsentKey,
  before: Date,
): Promise<boolean> {
  const [newest] = await ctx.ledger.list({ ...key, limit: 1 });
  if (newest !== undefined && newest.releasedAt >= before) {
    await createLifecycleStore(ctx.db).noteRead(key, newest.releasedAt);
    return false;
  }
  const notify = await preparePauseNotices(ctx, key);
  return pauseConsent(ctx, key, { reason: 'unused', decidedBefore: before, notify });
}

interface Pause {
  readonly reason: PauseReason;
  /** A consent that was decided after this time is not paused; default: the time of the decision does not matter. */
  readonly decidedBefore?: Date;
  readonly notify?: (tx: Database) => Promise<void>;
}

/** @returns false when it has ended, is paused already, or was decided since. */
async function pauseConsent(
  ctx: ConsentsContext,
  key: ConsentKey,
  { reason, decidedBefore, notify }: Pause,
): Promise<boolean> {
  const [client, catalogue] = await Promise.all([
    ctx.clients.find(key.clientId),
    ctx.scopes.catalogue(),
  ]);
  return ctx.db.transaction(async (tx) => {
    const consent = await createConsentStore(tx).findActive(key);
    const isLeftAlone =
      consent === null ||
      isPaused(consent) ||
      (decidedBefore !== undefined && consent.updatedAt >= decidedBefore);
    if (isLeftAlone) return false;
    const after = await transition(ctx, tx, {
      consent,
      change: { pausedFor: reason },
      event: { kind: 'suspended', locale: null, audit: { reason } },
      client,
      catalogue,
    });
    if (after !== null) await notify?.(tx);
    return after !== null;
  });
}

/** The mail to the person, and the job that informs the app later. */
async function preparePauseNotices(ctx: ConsentsContext, { accountId, clientId }: ConsentKey) {
  const [client, account, attributes] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.accounts.find(accountId),
    ctx.vault.recentAttributes(accountId),
  ]);
  const to = account?.status === 'active' ? provenEmail(attributes) : undefined;
  return async (tx: Database): Promise<void> => {
    if (to !== undefined) {
      await ctx.mailer.enqueue(tx, {
        to,
        template: 'app-paused',
        locale: account?.locale ?? FALLBACK_LOCALE,
        values: { app: client?.name ?? clientId, clientId, days: ctx.unusedAfterDays },
      });
    }
    const now = ctx.clock.now();
    await ctx.jobs.enqueue(tx, {
      name: NOTIFY_CLIENT_JOB,
      data: { clientId, since: now.toISOString() },
      key: clientId,
      runAt: new Date(now.getTime() + GATHER_MS),
    });
  };
}
