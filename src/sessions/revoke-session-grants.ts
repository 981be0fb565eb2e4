import type { Database } from '../platform/postgres/postgres.ts';
import { offlineClientIds, type EndedSession } from './session.ts';
import type { SessionDeps } from './session-deps.ts';

export interface EndCarriedInput {
  /** The transaction in which the sessions ended. */
  readonly tx: Database;
  readonly accountId: string;
  readonly ended: readonly EndedSession[];
  /** `person`: the person requested it. `replaced`: a new sign-in took its place. */
  readonly reason: 'person' | 'replaced';
}

/**
 * Ends the grants of ended sessions, as the library does at a sign-out: grants of apps without offline access end with
 * the session, the others stay until they are ended themselves. Every node is notified when `tx` commits.
 */
export async function revokeSessionGrants(
  { tokens, feed, audit }: Pick<SessionDeps, 'tokens' | 'feed' | 'audit'>,
  { tx, accountId, ended, reason }: EndCarriedInput,
): Promise<void> {
  for (const { uid, payload } of ended) {
    await tokens.revokeGrants(tx, { sessionUid: uid, exceptClientIds: offlineClientIds(payload) });
    await feed.publish(tx, 'session', uid);
    await audit.record(tx, {
      kind: 'session.ended',
      accountId,
      details: { reason, sessionUid: uid },
    });
  }
}
