import type { LogoutNoticesContext } from './context.ts';
import { DELIVER_JOB } from './logout-notice.ts';
import { createLogoutNoticeStore } from './logout-notice-store.ts';

/** Queues the delivery for every app with due notices: for those whose notification was lost. @returns the number of apps. */
export async function queueDueNotices(ctx: LogoutNoticesContext): Promise<number> {
  const clientIds = await createLogoutNoticeStore(ctx.db).listDueApps();
  await queueDeliveries(ctx, clientIds);
  return clientIds.length;
}

/** One job per app; while one waits, another one is not queued. */
async function queueDeliveries(
  { db, jobs }: Pick<LogoutNoticesContext, 'db' | 'jobs'>,
  clientIds: Iterable<string>,
): Promise<void> {
  for (const clientId of clientIds) {
    const job = { name: DELIVER_JOB, data: { clientId }, key: clientId };
    await db.transaction((tx) => jobs.enqueue(tx, job));
  }
}

/**
 * Queues a delivery whenever a notice is written, on any node. A lost notification is made up for by the schedule of
 * {@link queueDueNotices}. @returns a function that ends it.
 */
export function queueNewNotices(ctx: LogoutNoticesContext): () => void {
  const named = new Set<string>();
  const state = { mayMissSome: true, isQueued: false };
  const flush = async (): Promise<void> => {
    state.isQueued = false;
    const clientIds = [...named];
    named.clear();
    const isSweep = state.mayMissSome;
    state.mayMissSome = false;
    try {
      await queueDeliveries(ctx, clientIds);
      if (isSweep) await queueDueNotices(ctx);
    } catch (error) {
      ctx.log.warn({ err: error }, 'the delivery of sign-out notices could not be queued');
    }
  };
  // Notices of one commit arrive together.
  const flushSoon = (): void => {
    if (state.isQueued) return;
    state.isQueued = true;
    setImmediate(() => void flush());
  };
  flushSoon();
  return ctx.feed.subscribe('logout', (clientId) => {
    if (clientId === null) state.mayMissSome = true;
    else named.add(clientId);
    flushSoon();
  });
}
