import type { Database } from '../platform/postgres.ts';
import { offlineClientIds, type EndedSession } from './session.ts';
import type { SessionDeps } from './session-deps.ts';

/**
 * Ends what ended sessions carried, as the library does at a sign-out: grants of apps without offline access go with
 * the session, the others stay until they are ended themselves. Every node hears of it when `tx` commits.
 */
export async function endCarried(
  { tokens, feed }: Pick<SessionDeps, 'tokens' | 'feed'>,
  tx: Database,
  ended: readonly EndedSession[],
): Promise<void> {
  for (const { uid, payload } of ended) {
    await tokens.revokeGrants(tx, { sessionUid: uid, exceptClientIds: offlineClientIds(payload) });
    await feed.publish(tx, 'session', uid);
  }
}
