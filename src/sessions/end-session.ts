import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { SessionsContext } from './context.ts';
import { offlineClientIds } from './session.ts';
import { createSessionStore, type EndedSession, type SaveOutcome } from './session-store.ts';
import type { Replaced } from './session-write-sql.ts';

/**
 * Ends one session of a person from another browser; apps without offline access lose the tokens of that session. Does
 * nothing when the person has ended it before.
 * @throws AppError `session_not_found` when it belongs to another person, or has expired.
 */
export async function endSession(
  ctx: SessionsContext,
  { accountId, sessionUid }: { readonly accountId: string; readonly sessionUid: string },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const ended = await createSessionStore(tx, ctx.masterSealer).endOne(accountId, sessionUid);
    if (ended.length > 0)
      return revokeSessionGrants(ctx, tx, { accountId, ended, reason: 'person' });
    const end = { kind: 'session.ended', accountId, details: { sessionUid } } as const;
    if (!(await ctx.audit.wasRecorded(tx, end))) {
      throw new AppError('not_found', 'session_not_found');
    }
  });
}

/**
 * Ends every session of an account except `exceptUid`, and all grants of the account, including offline access, with
 * the commit of `tx`.
 */
export async function endAllSessions(
  ctx: SessionsContext,
  tx: Database,
  {
    accountId,
    exceptUid = null,
  }: { readonly accountId: string; readonly exceptUid?: string | null },
): Promise<void> {
  const ended = await createSessionStore(tx, ctx.masterSealer).endAll(accountId, exceptUid);
  for (const { uid } of ended) await ctx.feed.publish(tx, 'session', uid);
  await ctx.tokens.revokeGrants(tx, { accountId });
}

interface SessionGrants {
  readonly accountId: string;
  readonly ended: readonly EndedSession[];
  /** `person`: the person requested it. `replaced`: a new sign-in took its place. */
  readonly reason: 'person' | 'replaced';
}

/**
 * Revokes the grants of sessions that `tx` ended, as the library does at a sign-out: grants of apps without offline access end
 * with the session, the others stay until they are ended themselves.
 */
export async function revokeSessionGrants(
  { tokens, feed, audit }: SessionsContext,
  tx: Database,
  { accountId, ended, reason }: SessionGrants,
): Promise<void> {
  const endOne = async ({ uid, payload }: EndedSession): Promise<void> => {
    const filter = { sessionUid: uid, exceptClientIds: offlineClientIds(payload) };
    await feed.publish(tx, 'session', uid);
    await audit.record(tx, endEvent({ accountId, uid, reason }));
    await tokens.revokeGrants(tx, filter);
  };
  await Promise.all(ended.map(endOne));
}

/**
 * The parts of the statement that writes a new session with which it ends another one, as {@link revokeSessionGrants} does. Call
 * `deliver` after the statement.
 */
export function endWith(
  { tokens, feed, audit }: SessionsContext,
  accountId: string,
  { uid, version, payload }: SaveOutcome['inTheWay'][number],
): Replaced & { readonly deliver: (isCommitted: boolean) => void } {
  const { call, deliver } = feed.announcement('session', uid);
  const exceptClientIds = offlineClientIds(payload);
  const ended = sql`ended`;
  const event = endEvent({ accountId, uid, reason: 'replaced' });
  return {
    uid,
    version,
    consequences: [
      sql`audited as (${audit.insertion(event, ended)})`,
      ...tokens.sessionGrantsRevocation(ended, exceptClientIds),
    ],
    announcements: [sql`(select ${call} from ended)`, feed.announcements('grant', sql`revoked`)],
    deliver,
  };
}

interface EndEvent extends Pick<SessionGrants, 'reason'> {
  readonly accountId: string;
  readonly uid: string;
}

function endEvent({ accountId, uid, reason }: EndEvent) {
  return { kind: 'session.ended', accountId, details: { reason, sessionUid: uid } } as const;
}
