import type { SessionsContext } from './context.ts';
import { findSession } from './find-session.ts';
import { isRotating, recall, remember } from './known-sessions.ts';
import { requireNames } from './session.ts';
import { createSessionStore } from './session-store.ts';

/**
 * Gives up a session's id. The library calls this at a sign-out, which ends the session for good, and also right before it
 * saves a session under a new id, see `announceRotation`.
 */
export async function retireSession(ctx: SessionsContext, id: string): Promise<void> {
  if (isRotating(id)) {
    // The save that was announced changes the id of the row, if there is one.
    const recalled = recall({ id });
    return recalled ? remember({ ...recalled, state: 'renamed' }) : undefined;
  }
  const known = await findSession(ctx, { id });
  if (known === null) return;
  const { uid } = requireNames(known.payload);
  await ctx.db.transaction(async (tx) => {
    await createSessionStore(tx, ctx.masterSealer).end(uid);
    await ctx.feed.publish(tx, 'session', uid);
  });
  remember({ ...known, state: 'ended' });
}
