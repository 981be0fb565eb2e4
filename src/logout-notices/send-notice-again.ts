import type { Manager } from '../clients/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { LogoutNoticesContext } from './context.ts';
import { createLogoutNoticeStore } from './logout-notice-store.ts';

interface SendAgainInput {
  readonly clientId: string;
  readonly manager: Manager;
  readonly noticeId: string;
}

/**
 * Starts another round of attempts at a notice that was given up. Does nothing when it waits already or was delivered.
 * @throws AppError `client_not_found`, `logout_notice_not_found`.
 */
export async function sendNoticeAgain(
  ctx: LogoutNoticesContext,
  { noticeId, ...managed }: SendAgainInput,
): Promise<void> {
  const { clientId } = managed;
  await ctx.clients.findManaged(managed);
  await ctx.db.transaction(async (tx) => {
    const store = createLogoutNoticeStore(tx);
    if (await store.retry(clientId, noticeId)) return ctx.feed.publish(tx, 'logout', clientId);
    if (!(await store.exists(clientId, noticeId))) {
      throw new AppError('not_found', 'logout_notice_not_found');
    }
  });
}
