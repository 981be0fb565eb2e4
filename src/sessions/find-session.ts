import type { SessionsContext } from './context.ts';
import type { LiveSessions } from './live-sessions.ts';
import {
  holdsNotedGrant,
  type KnownSession,
  noteMissing,
  recall,
  remember,
  type SessionKey,
} from './known-sessions.ts';
import type { StoredSession } from './session.ts';

/** Finds a live session; within a request, with the changes of this request. */
export async function findSession(
  { live }: Pick<SessionsContext, 'live'>,
  key: SessionKey,
): Promise<KnownSession | null> {
  const recalled = recall(key);
  if (recalled !== undefined) return recalled?.state === 'live' ? recalled : null;
  const found = await ('id' in key ? live.findById(key.id) : findByUid(live, key.uid));
  if (found === null) {
    noteMissing(key);
    return null;
  }
  const known: KnownSession = { ...found, state: 'live' };
  remember(known);
  return known;
}

/** A token that is bound to a session. */
interface SessionBound {
  readonly sessionUid?: string | undefined;
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
}

/** Is the session of the token live, of its account, and does it hold the grant of the token for its app? */
export async function holdsGrant(
  { live }: Pick<SessionsContext, 'live'>,
  { sessionUid, accountId, clientId, grantId }: SessionBound,
): Promise<boolean> {
  if (sessionUid === undefined || grantId === undefined) return false;
  const holds = ({ payload }: StoredSession): boolean =>
    payload.accountId === accountId &&
    payload.authorizations?.[clientId ?? '']?.grantId === grantId;
  const copy = await live.findByUid(sessionUid);
  if (copy === null || holds(copy)) return copy !== null;
  // The copy may be older than the grant.
  const row = await live.reread(sessionUid);
  return row !== null && holds(row);
}

async function findByUid(live: LiveSessions, uid: string): Promise<StoredSession | null> {
  const found = await live.findByUid(uid);
  return found === null || holdsNotedGrant(found.payload) ? found : live.reread(uid);
}
