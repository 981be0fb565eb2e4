import type { Manager } from '../clients/index.ts';
import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { LogoutNoticesContext } from './context.ts';
import { deliverNotices } from './deliver-notices.ts';
import type { LogoutNotice } from './logout-notice.ts';
import { createLogoutNoticeStore } from './logout-notice-store.ts';
import { queueDueNotices, queueNewNotices } from './queue-due-notices.ts';
import { sendNoticeAgain } from './send-notice-again.ts';

interface ManagedApp {
  readonly clientId: string;
  readonly manager: Manager;
}

/** Connects the use cases to their dependencies. */
export function createLogoutNotices(ctx: LogoutNoticesContext) {
  const store = createLogoutNoticeStore(ctx.db);
  return {
    ...bindUseCases(ctx, {
      deliver: deliverNotices,
      sendAgain: sendNoticeAgain,
    }),
    queueDue: () => queueDueNotices(ctx),
    queueNew: () => queueNewNotices(ctx),

    /** The latest notices of an app, newest first. @throws AppError `client_not_found`. */
    async list(managed: ManagedApp): Promise<LogoutNotice[]> {
      await ctx.clients.findManaged(managed);
      return store.list(managed.clientId);
    },

    /** Deletes old notices in batches. @returns the number of rows. */
    purge: async (): Promise<number> => {
      for (let total = 0; ;) {
        const { count, isMore } = await store.deleteOld();
        total += count;
        if (!isMore) return total;
      }
    },
  };
}

export type LogoutNotices = ReturnType<typeof createLogoutNotices>;
