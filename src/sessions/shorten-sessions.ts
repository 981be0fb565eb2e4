import type { Database } from '../platform/postgres/postgres.ts';
import type { SessionsContext } from './context.ts';
import { createAccountSessionStore } from './account-session-store.ts';
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
  // A sign-in that is being stored is seen afterwards.
  await createSessionStore(tx, masterSealer).lockAccount(accountId);
  const life = sessionLives.administrator;
  const store = createAccountSessionStore(tx, masterSealer);
  for (const uid of await store.shorten({ accountId, life, now: clock.now() })) {
    await feed.publish(tx, 'session', uid);
  }
}
