import { fingerprint } from '../platform/keys/encryption.ts';
import { findSession } from './find-session.ts';
import { isRotating, recall, remember } from './known-sessions.ts';
import { requireNames } from './session-copy-store.ts';
import { unlessRedisIsAway, type SessionDeps } from './session-deps.ts';
import { createSessionStore } from './session-store.ts';

/**
 * Gives up a session's id. The library calls this at a sign-out, and also right before it saves a session under a new
 * id; only a session that is saved again in the same request stays.
 */
export async function retireSession(deps: SessionDeps, id: string): Promise<void> {
  const recalled = recall({ id });
  // The save that was announced does it all at once.
  if (recalled !== undefined && isRotating(id)) return remember({ ...recalled, state: 'retired' });
  const known = await findSession(deps, { id });
  if (known === null) return;
  const { uid } = requireNames(known.payload);
  const key = fingerprint(id);
  if (known.row !== null) {
    await deps.db.transaction(async (tx) => {
      await createSessionStore(tx, deps.masterSealer).retire(key, deps.clock.now());
      await deps.feed.publish(tx, 'session', uid);
    });
    deps.liveRows.drop(uid);
  }
  remember({ ...known, state: 'retired' });
  await unlessRedisIsAway(deps.copies?.remove([{ uid, fingerprint: key }]) ?? Promise.resolve());
}
