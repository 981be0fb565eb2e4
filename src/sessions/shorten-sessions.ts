import type { Database } from '../platform/postgres/postgres.ts';
import type { SessionsContext } from './context.ts';
import { createSessionStore } from './session-store.ts';

/**
 * Gives the sessions of an account that becomes an administrator the life of such sessions, with the commit of `tx`: from now on
 * the time without use, from the sign-in the total time.
 */
export async function shortenSessions(
  { clock, feed, masterSealer, sessionLives }: SessionsContext,
  tx: Database,
  { accountId }: { readonly accountId: string },
): Promise<void> {
  const store = createSessionStore(tx, masterSealer);
  // A sign-in that is being stored is seen afterwards.
  await store.lockAccount(accountId);
  const life = sessionLives.administrator;
  for (const uid of await store.shorten({ accountId, life, now: clock.now() })) {
    await feed.publish(tx, 'session', uid);
  }
}
