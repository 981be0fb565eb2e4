import type { Database } from '../platform/postgres/postgres.ts';
import { revokeSessionGrants } from './revoke-session-grants.ts';
import type { EndedSession } from './session.ts';
import type { SessionDeps } from './session-deps.ts';
import { createSessionEndStore } from './session-end-store.ts';
import type { SessionRecord } from './session-store.ts';

/** Someone signed in: their earlier session on the same device goes, and the oldest above the limit. */
export async function endExcessSessions(
  deps: SessionDeps,
  input: {
    readonly tx: Database;
    readonly record: SessionRecord;
    readonly accountId: string;
  },
): Promise<readonly EndedSession[]> {
  const { tx, record, accountId } = input;
  const store = createSessionEndStore(tx, deps.masterSealer);
  await store.lockAccount(accountId);
  const ended = await store.endExcess({
    accountId,
    uid: record.uid,
    deviceFingerprint: record.deviceFingerprint,
    limit: deps.sessionLimit,
  });
  await revokeSessionGrants(deps, { tx, accountId, ended, reason: 'replaced' });
  return ended;
}
