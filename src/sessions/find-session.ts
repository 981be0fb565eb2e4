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

async function findByUid(live: LiveSessions, uid: string): Promise<StoredSession | null> {
  const found = await live.findByUid(uid);
  return found === null || holdsNotedGrant(found.payload) ? found : live.reread(uid);
}
