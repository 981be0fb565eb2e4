import type { SessionsContext } from './context.ts';
import { findSession } from './find-session.ts';
import { isRotating, recall, remember } from './known-sessions.ts';
import { requireNames } from './session.ts';
import { createSessionStore } from './session-store.ts';

/**
 * Gives up a session's id. The library calls this at a sign-out, and also right before it saves a session under a new
 * id; only a session that is saved again in the same request stays.
 */
export async function retireSession(ctx: SessionsContext, id: string): Promise<void> {
  const recalled = recall({ id });
  // The save that was announced writes both changes in one commit.
  if (recalled && isRotating(id)) return remember({ ...recalled, state: 'retired' });
  const known = await findSession(ctx, { id });
  if (known === null) return;
  const { uid } = requireNames(known.payload);
  await ctx.db.transaction(async (tx) => {
    await createSessionStore(tx, ctx.masterSealer).retire(uid, ctx.clock.now());
    await ctx.feed.publish(tx, 'session', uid);
  });
  remember({ ...known, state: 'retired' });
}
