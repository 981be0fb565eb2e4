import { isAppError } from '../platform/app-error.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import { currentRequest } from '../platform/request-context.ts';
import type { SessionsContext } from './context.ts';
import { revokeSessionGrants } from './end-session.ts';
import { findSession } from './find-session.ts';
import { type KnownSession, recall, remember } from './known-sessions.ts';
import { isSameSession, requireNames, type SessionPayload } from './session.ts';
import { createSessionStore, type KnownRow, type SessionRecord } from './session-store.ts';
import { clearUses, type SingleUse, takeSingleUses } from './single-use.ts';

interface SaveSessionInput {
  readonly payload: SessionPayload;
  readonly expiresInSeconds: number;
}

// An end that moves by less than this (and less than a tenth of the life span) is not worth a write.
const EXPIRY_SLACK_MS = 3_600_000;

/**
 * Writes a session, unless only its times moved, and by less than is worth a write. A session that was ended meanwhile is not
 * restored.
 * @throws AppError `already_used` when the sign-in that led here was completed by another request, see `announceSingleUse`.
 */
export async function saveSession(ctx: SessionsContext, input: SaveSessionInput): Promise<void> {
  const { payload } = input;
  const known = await lookUp(ctx, requireNames(payload).uid);
  const uses = takeSingleUses();
  if (known?.state === 'ended') return recordUses(ctx, uses);
  const record = describe(ctx, input);
  if (uses.length === 0 && known !== null && isStored(known, record)) {
    return remember({ ...known, payload });
  }
  const isWritten = await write(ctx, { record, known, uses }).catch((error: unknown) => {
    // The library saves once more after an error: nothing of this session may be saved by that.
    if (isAppError(error) && error.kind === 'conflict') rememberEnd(record);
    throw error;
  });
  if (!isWritten) return rememberEnd(record);
  ctx.live.noteId(record.fingerprint, record.uid);
  await clearUses(uses);
  remember({ payload, expiresAt: record.expiresAt.getTime(), state: 'live' });
}

/** The session ended meanwhile; the single use that the request records stays recorded. */
async function recordUses({ db }: SessionsContext, uses: readonly SingleUse[]): Promise<void> {
  if (uses.length === 0) return;
  await db.transaction(async (tx) => {
    for (const { record } of uses) await record(tx);
  });
  await clearUses(uses);
}

function rememberEnd({ payload }: SessionRecord): void {
  remember({ payload, expiresAt: 0, state: 'ended' });
}

/** Within a request a session was either looked up before, or it is new. */
async function lookUp(ctx: SessionsContext, uid: string): Promise<KnownSession | null> {
  const known = recall({ uid });
  if (known !== undefined) return known;
  return currentRequest() === undefined ? findSession(ctx, { uid }) : null;
}

function describe(
  { clock }: SessionsContext,
  { payload, expiresInSeconds }: SaveSessionInput,
): SessionRecord {
  const { uid, jti } = requireNames(payload);
  const { deviceId = null, ip = null, userAgent = null } = currentRequest() ?? {};
  const seenAt = clock.now();
  return {
    uid,
    fingerprint: fingerprint(jti),
    payload,
    deviceFingerprint: deviceId === null ? null : fingerprint(deviceId),
    ip,
    userAgent,
    seenAt,
    expiresAt: new Date(seenAt.getTime() + expiresInSeconds * 1000),
  };
}

function isStored(known: KnownSession, { payload, seenAt, expiresAt }: SessionRecord): boolean {
  if (known.state !== 'live' || !isSameSession(known.payload, payload)) return false;
  const slack = Math.min(EXPIRY_SLACK_MS, (expiresAt.getTime() - seenAt.getTime()) / 10);
  return Math.abs(expiresAt.getTime() - known.expiresAt) <= slack;
}

interface WriteInput {
  readonly record: SessionRecord;
  readonly known: KnownSession | null;
  /** Recorded in the same commit. */
  readonly uses: readonly SingleUse[];
}

/** @returns false when the session was ended meanwhile. */
async function write(ctx: SessionsContext, input: WriteInput): Promise<boolean> {
  const { known, uses } = input;
  const isOtherAccount = known !== null && isSignIn(input);
  const isOneStatement = uses.every(({ insertion }) => insertion !== undefined) && uses.length < 2;
  if (!isOneStatement || isOtherAccount) return writeInTransaction(ctx, input);
  const outcome = await writeAtOnce(ctx, input);
  return outcome === 'refused' ? writeInTransaction(ctx, input) : outcome === 'saved';
}

function isSignIn({ record: { payload }, known }: WriteInput): boolean {
  return payload.accountId !== undefined && payload.accountId !== known?.payload.accountId;
}

/** The usual case: no other session has to end. */
async function writeAtOnce(ctx: SessionsContext, { record, known, uses }: WriteInput) {
  const { call, deliver } = ctx.feed.announcement('session', record.uid);
  const use = uses[0]?.insertion ?? null;
  let isCertain = true;
  try {
    const limit = ctx.sessionLimit;
    return await ctx.store.save({ record, known: rowOf(known), use, announcement: call, limit });
  } catch (error) {
    // When only the answer was lost, a repeated request would find the use recorded.
    const isLost = isAppError(error) && error.kind === 'unavailable';
    if (isLost && (await ctx.store.isSaved(record).catch(() => false))) return 'saved';
    isCertain = false;
    throw error;
  } finally {
    deliver(isCertain);
  }
}

async function writeInTransaction(ctx: SessionsContext, input: WriteInput): Promise<boolean> {
  const { record, known, uses } = input;
  const { uid, deviceFingerprint, payload } = record;
  return ctx.db.transaction(async (tx) => {
    const store = createSessionStore(tx, ctx.masterSealer);
    const accountId = isSignIn(input) ? payload.accountId : undefined;
    if (accountId !== undefined) await store.lockAccount(accountId);
    for (const use of uses) await use.record(tx);
    if (!(await store.write(record, rowOf(known)))) return false;
    await ctx.feed.publish(tx, 'session', uid);
    if (accountId === undefined) return true;
    const limits = { accountId, uid, deviceFingerprint, limit: ctx.sessionLimit };
    const ended = await store.endExcess(limits);
    await revokeSessionGrants(ctx, tx, { accountId, ended, reason: 'replaced' });
    return true;
  });
}

function rowOf(known: KnownSession | null): KnownRow | null {
  if (known === null) return null;
  const { jti } = requireNames(known.payload);
  return { fingerprint: fingerprint(jti), isRetired: known.state === 'retired' };
}
