import { reasonOf } from '../platform/jobs/jobs.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { LogoutNoticesContext } from './context.ts';
import { type ClaimedNotice, DELIVER_JOB, type DeliveryFailure } from './logout-notice.ts';
import { createLogoutNoticeStore } from './logout-notice-store.ts';

/** Signs the logout token of a notice at the moment of sending; null while the app is suspended. */
export type IssueLogoutToken = (notice: ClaimedNotice) => Promise<string | null>;

interface DeliverInput {
  readonly clientId: string;
  readonly issueToken: IssueLogoutToken;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
}

/**
 * Delivers the due notices of one app, one after the other. Each is delivered at least once: if the process ends between sending and
 * recording, it is sent again with the same `jti`.
 */
export async function deliverNotices(
  ctx: LogoutNoticesContext,
  input: DeliverInput,
): Promise<void> {
  const store = createLogoutNoticeStore(ctx.db);
  while (!input.signal.aborted) {
    const notice = await store.claim(input.clientId);
    if (notice === null) return;
    const failure = await send(ctx, notice, input);
    if (failure === null) await store.markDelivered(notice);
    else await ctx.db.transaction((tx) => recordFailure(ctx, tx, { notice, failure }));
  }
}

/** Makes one attempt. @returns null after success. */
async function send(
  { clients, fetch }: LogoutNoticesContext,
  notice: ClaimedNotice,
  { issueToken, signal }: DeliverInput,
): Promise<DeliveryFailure | null> {
  const client = await clients.find(notice.clientId);
  const address = client?.backchannelLogoutUri ?? null;
  if (address === null || client?.status === 'deleted')
    return { code: 'no_address', kind: 'final' };
  const token = await issueToken(notice);
  if (token === null) return { code: 'app_suspended', kind: 'outage' };
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' },
      body: new URLSearchParams({ logout_token: token }).toString(),
      signal,
    });
    // The content is not needed, and can be endless.
    await answer.body?.cancel();
    return failureOf(answer.status);
  } catch (error) {
    return { code: codeOf(error), kind: 'outage' };
  }
}

/** 408, 425, 429 and 5xx are states of the app, all others concern this notice. A redirect is not followed. */
function failureOf(status: number): DeliveryFailure | null {
  if (status === 200 || status === 204) return null;
  const isOutage = status >= 500 || status === 408 || status === 425 || status === 429;
  return { code: `http_${String(status)}`, kind: isOutage ? 'outage' : 'refusal' };
}

/** A short code, because a message can contain the address. */
function codeOf(error: unknown): string {
  const reason = reasonOf(error);
  if (/timeout|abort|ETIMEDOUT|\b(?:20|23)\b/i.test(reason)) return 'timeout';
  return reason.slice(0, 60);
}

interface FailedDelivery {
  readonly notice: ClaimedNotice;
  readonly failure: DeliveryFailure;
}

async function recordFailure(
  { jobs, log }: LogoutNoticesContext,
  tx: Database,
  { notice, failure }: FailedDelivery,
): Promise<void> {
  const runAt = await createLogoutNoticeStore(tx).markFailed({ notice, ...failure });
  const { clientId, id, attempts } = notice;
  if (runAt === null) {
    const fields = { clientId, noticeId: id, attempts, code: failure.code };
    return log.warn(fields, 'a sign-out notice was given up');
  }
  await jobs.enqueue(tx, {
    name: DELIVER_JOB,
    data: { clientId },
    // Beside jobs of new notices, which are due at once.
    key: `${clientId} again`,
    runAt,
  });
}
