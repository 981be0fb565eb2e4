import type { SessionsContext } from './context.ts';
import {
  type KnownSession,
  noteMissing,
  recall,
  remember,
  type SessionKey,
} from './known-sessions.ts';

/** Finds a live session; within a request, as the request left it. */
export async function findSession(
  { live }: Pick<SessionsContext, 'live'>,
  key: SessionKey,
): Promise<KnownSession | null> {
  const recalled = recall(key);
  if (recalled !== undefined) return recalled?.state === 'live' ? recalled : null;
  const found = 'id' in key ? await live.findById(key.id) : await live.findByUid(key.uid);
  if (found === null) {
    noteMissing(key);
    return null;
  }
  const known: KnownSession = { ...found, state: 'live' };
  remember(known);
  return known;
}
