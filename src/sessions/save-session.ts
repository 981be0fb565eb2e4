import { isAppError } from '../platform/app-error.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import { currentRequest } from '../platform/request-context.ts';
import { endExcessSessions } from './end-excess-sessions.ts';
import { findSession } from './find-session.ts';
import {
  type KnownSession,
  recall,
  remember,
  type SingleUse,
  takeSingleUses,
} from './known-sessions.ts';
import type { SessionPayload } from './session.ts';
import { requireNames, type SessionCopy } from './session-copy-store.ts';
import { unlessRedisIsAway, type SessionDeps } from './session-deps.ts';
import { createSessionStore, type SessionRecord } from './session-store.ts';

export interface SaveSessionInput {
  readonly payload: SessionPayload;
  readonly expiresInSeconds: number;
}

// An end that moves by less than this (and less than a tenth of the life span) is not worth a write.
const EXPIRY_SLACK_MS = 3_600_000;

/**
 * Writes a session in which an account is signed in. Postgres is written when a durable member changed or the end moved
 * noticeably; a session that was ended meanwhile is not restored.
 * @throws AppError `already_used` when the sign-in that led here was completed by another request, see `announceSingleUse`.
 */
export async function saveSession(deps: SessionDeps, input: SaveSessionInput): Promise<void> {
  const { payload } = input;
  const { uid } = requireNames(payload);
  const known = await lookUp(deps, uid);
  const uses = takeSingleUses();
  if (known?.state === 'ended') return recordUses(deps, uses);
  const record = describe(deps, input);
  const digest = deps.digest(payload);

  let row = known?.row ?? null;
  if (row === null || uses.length > 0 || isRowOutdated(known, digest, record)) {
    const isWritten = await writeRow(deps, { record, known, uses }).catch(async (error) => {
      // The library saves once more after an error: nothing of this session may be saved by that.
      if (isAppError(error) && error.kind === 'conflict') await dropSession(deps, record);
      throw error;
    });
    if (!isWritten) return dropSession(deps, record);
    row = { digest, expiresAt: record.expiresAt.getTime() };
    await clearAway(uses);
  }
  const isCopied = await writeCopy(deps, input, row);
  // While Redis cannot be reached the row must hold all members.
  if (!isCopied && known !== null) {
    const isWritten = await writeRow(deps, {
      record,
      known: { payload, row, state: 'live' },
      uses: [],
    });
    if (!isWritten) return dropSession(deps, record);
  }
  if (known?.state === 'retired') await forgetOldId(deps, known);
  remember({ payload, row, state: 'live' });
}

/** The session ended meanwhile; the single use that the request records stays recorded. */
async function recordUses(
  { db }: Pick<SessionDeps, 'db'>,
  uses: readonly SingleUse[],
): Promise<void> {
  if (uses.length === 0) return;
  await db.transaction(async (tx) => {
    for (const { record } of uses) await record(tx);
  });
  await clearAway(uses);
}

/**
 * For the end of a request that saved no session, such as a cancelled sign-in: removes the stored parts of announced uses. A
 * repeat of such a request changes nothing, so no use is recorded.
 */
export async function clearUnsavedUses(): Promise<void> {
  await clearAway(takeSingleUses());
}

async function clearAway(uses: readonly SingleUse[]): Promise<void> {
  for (const { clear } of uses) {
    await clear?.().catch((error: unknown) => {
      if (!isAppError(error) || error.kind !== 'unavailable') throw error;
    });
  }
}

/** False when Redis cannot be reached. */
async function writeCopy(
  { copies }: SessionDeps,
  { payload, expiresInSeconds }: SaveSessionInput,
  row: SessionCopy['row'],
): Promise<boolean> {
  if (copies === null) return true;
  return (await unlessRedisIsAway(copies.write({ payload, row }, expiresInSeconds))) !== null;
}

async function forgetOldId({ copies }: SessionDeps, { payload }: KnownSession): Promise<void> {
  if (copies === null) return;
  const old = fingerprint(requireNames(payload).jti);
  await unlessRedisIsAway(copies.removeId(old));
}

/** Within a request a session was either looked up before, or it is new. */
async function lookUp(deps: SessionDeps, uid: string): Promise<KnownSession | null> {
  const known = recall({ uid });
  if (known !== undefined) return known;
  return currentRequest() === undefined ? findSession(deps, { uid }) : null;
}

function describe(
  deps: SessionDeps,
  { payload, expiresInSeconds }: SaveSessionInput,
): SessionRecord {
  const { uid, jti } = requireNames(payload);
  const request = currentRequest();
  const seenAt = deps.clock.now();
  const deviceId = request?.deviceId ?? null;
  return {
    uid,
    fingerprint: fingerprint(jti),
    payload,
    deviceFingerprint: deviceId === null ? null : fingerprint(deviceId),
    ip: request?.ip ?? null,
    userAgent: request?.userAgent ?? null,
    seenAt,
    expiresAt: new Date(seenAt.getTime() + expiresInSeconds * 1000),
  };
}

function isRowOutdated(
  known: KnownSession | null,
  digest: string,
  { seenAt, expiresAt }: SessionRecord,
): boolean {
  if (known?.row == null || known.state === 'retired' || known.row.digest !== digest) return true;
  const slack = Math.min(EXPIRY_SLACK_MS, (expiresAt.getTime() - seenAt.getTime()) / 10);
  return Math.abs(expiresAt.getTime() - known.row.expiresAt) > slack;
}

interface WriteRowInput {
  readonly record: SessionRecord;
  readonly known: KnownSession | null;
  /** A single use to record in the same commit. */
  readonly uses: readonly SingleUse[];
}

async function writeRow(deps: SessionDeps, input: WriteRowInput): Promise<boolean> {
  const { record, known, uses } = input;
  const { accountId } = record.payload;
  const isSignIn = accountId !== undefined && accountId !== known?.payload.accountId;
  // No node can hold a copy of a row that did not exist.
  const isChanged = known?.row != null && known.row.digest !== deps.digest(record.payload);
  const isAnnounced = deps.copies !== null && isChanged;
  if (!isSignIn && !isAnnounced && uses.length === 0) return putRow(deps, record, known);

  const ended = await deps.db.transaction(async (tx) => {
    for (const { record: use } of uses) await use(tx);
    if (
      !(await putRow({ ...deps, store: createSessionStore(tx, deps.masterSealer) }, record, known))
    ) {
      return null;
    }
    if (isAnnounced) await deps.feed.publish(tx, 'session', record.uid);
    return isSignIn ? endExcessSessions(deps, { tx, record, accountId }) : [];
  });
  if (ended === null) return false;
  deps.liveRows.drop(record.uid);
  if (deps.copies !== null && ended.length > 0) await unlessRedisIsAway(deps.copies.remove(ended));
  return true;
}

async function putRow(
  { store }: Pick<SessionDeps, 'store'>,
  record: SessionRecord,
  known: KnownSession | null,
): Promise<boolean> {
  if (known?.row == null) {
    await store.insert(record);
    return true;
  }
  return store.update(record, {
    fingerprint: fingerprint(requireNames(known.payload).jti),
    isRetired: known.state === 'retired',
  });
}

async function dropSession(deps: SessionDeps, record: SessionRecord): Promise<void> {
  remember({ payload: record.payload, row: null, state: 'ended' });
  if (deps.copies !== null) await unlessRedisIsAway(deps.copies.remove([record]));
}
