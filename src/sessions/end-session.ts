import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { revokeSessionGrants } from './revoke-session-grants.ts';
import type { EndedSession } from './session.ts';
import { unlessRedisIsAway, type SessionDeps } from './session-deps.ts';
import { createSessionEndStore } from './session-end-store.ts';

export interface EndSessionInput {
  readonly accountId: string;
  readonly sessionUid: string;
}

export interface EndAllSessionsInput {
  readonly accountId: string;
  /** Stays signed in. */
  readonly exceptUid?: string;
  /** Joins this transaction; nothing has ended until it commits. */
  readonly tx?: Database;
}

/**
 * A person ends one of their sessions from elsewhere; apps without offline access lose the tokens of that session.
 * Does nothing when they have ended it before.
 * @throws AppError `session_not_found` when it is not theirs, or has ended by itself.
 */
export async function endSession(deps: SessionDeps, input: EndSessionInput): Promise<void> {
  const { accountId, sessionUid } = input;
  const ended = await deps.db.transaction(async (tx) => {
    const rows = await createSessionEndStore(tx, deps.masterSealer).endOne(accountId, sessionUid);
    if (rows.length === 0) {
      const end = { kind: 'session.ended', accountId, details: { sessionUid } } as const;
      if (await deps.audit.wasRecorded(tx, end)) return [];
      throw new AppError('not_found', 'session_not_found');
    }
    await revokeSessionGrants(deps, { tx, accountId, ended: rows, reason: 'person' });
    return rows;
  });
  await forgetCopies(deps, ended);
}

/** Ends every session of an account, or every other one, and all grants of the account: offline access, too. */
export async function endAllSessions(deps: SessionDeps, input: EndAllSessionsInput): Promise<void> {
  const ended = await (input.tx ?? deps.db).transaction(async (tx) => {
    const rows = await createSessionEndStore(tx, deps.masterSealer).endAll(
      input.accountId,
      input.exceptUid ?? null,
    );
    for (const { uid } of rows) await deps.feed.publish(tx, 'session', uid);
    await deps.tokens.revokeGrants(tx, { accountId: input.accountId });
    return rows;
  });
  await forgetCopies(deps, ended);
}

// Housekeeping only: a copy without its row is worth nothing.
async function forgetCopies(deps: SessionDeps, ended: readonly EndedSession[]): Promise<void> {
  for (const { uid } of ended) deps.liveRows.drop(uid);
  if (deps.copies !== null) await unlessRedisIsAway(deps.copies.remove(ended));
}
