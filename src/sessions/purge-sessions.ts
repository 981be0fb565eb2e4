import type { SessionDeps } from './session-deps.ts';
import { deleteExpiredSessions } from './session-purge-store.ts';

/**
 * Deletes expired sessions, batch by batch, each in its own transaction.
 * @returns how many rows went; 0 on every node but the one that works.
 */
export async function purgeSessions(deps: Pick<SessionDeps, 'db' | 'clock'>): Promise<number> {
  const now = deps.clock.now();
  let total = 0;
  for (;;) {
    const { count, isMore } = await deps.db.transaction((tx) => deleteExpiredSessions(tx, now));
    total += count;
    if (!isMore) return total;
  }
}
