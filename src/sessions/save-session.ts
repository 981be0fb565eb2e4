import { isAppError } from '../platform/app-error.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import type { SessionsContext } from './context.ts';
import { endWith, revokeSessionGrants } from './end-session.ts';
import { findSession } from './find-session.ts';
import { type KnownSession, recall, remember } from './known-sessions.ts';
import { mergeChanges } from './merge-changes.ts';
import {
  isExpiryKept,
  isSameSession,
  requireNames,
  type SessionPayload,
  type StoredSession,
} from './session.ts';
import { createSessionStore, type SaveOutcome, type SessionStore } from './session-store.ts';
import type { SessionRecord } from './session-write-sql.ts';
import { clearUses, type SingleUse, takeSingleUses } from './single-use.ts';

interface SaveSessionInput {
  readonly payload: SessionPayload;
  readonly expiresInSeconds: number;
}

/**
 * Writes a session, unless only its times changed, and by too little. Changes that another request saved meanwhile
 * are kept; a session that was ended meanwhile is not restored.
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
  const written = await write(ctx, { record, known, uses }).catch((error: unknown) => {
    // The library saves again after an error; that must not save this session.
    if (isAppError(error) && error.kind === 'conflict') rememberEnd(record);
    throw error;
  });
  if (written === null) return rememberEnd(record);
  ctx.live.noteId(written.record.fingerprint, record.uid);
  await clearUses(uses);
  remember({ ...storedAs(written), state: 'live' });
}

/** The session ended meanwhile; the recorded single use of the request remains. */
async function recordUses({ db }: SessionsContext, uses: readonly SingleUse[]): Promise<void> {
  if (uses.length === 0) return;
  await db.transaction(async (tx) => {
    for (const { record } of uses) await record(tx);
  });
  await clearUses(uses);
}

function rememberEnd({ payload }: SessionRecord): void {
  remember({ payload, version: '', expiresAt: 0, state: 'ended' });
}

/** Within a request a session has been looked up, or it is new. */
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
  return isExpiryKept(known, { seenAt, expiresAt });
}

interface WriteInput {
  readonly record: SessionRecord;
  readonly known: KnownSession | null;
  /** Recorded in the same commit. */
  readonly uses: readonly SingleUse[];
}

interface Written {
  readonly record: SessionRecord;
  readonly version: string;
}

/** @returns null when the session was ended meanwhile. */
async function write(ctx: SessionsContext, input: WriteInput): Promise<Written | null> {
  const { known, uses } = input;
  const isOtherAccount = known !== null && isSignIn(input);
  const isOneStatement = uses.every(({ insertion }) => insertion !== undefined) && uses.length < 2;
  if (!isOneStatement || isOtherAccount) return writeInTransaction(ctx, input);
  const first = await writeAtOnce(ctx, input, null);
  if (first.written !== null) return first.written;
  const [replaced, ...more] = first.inTheWay;
  const second =
    replaced !== undefined && more.length === 0 ? await writeAtOnce(ctx, input, replaced) : first;
  return second.written ?? writeInTransaction(ctx, input);
}

function isSignIn({ record: { payload }, known }: WriteInput): boolean {
  return payload.accountId !== undefined && payload.accountId !== known?.payload.accountId;
}

interface Attempt extends Pick<SaveOutcome, 'inTheWay'> {
  /** Null when nothing was done. */
  readonly written: Written | null;
}

/**
 * The usual case: no other request changed the session, and no other session has to end than `replaced`, which was read as it is
 * given here. A new session is kept in memory: the next request needs it.
 */
async function writeAtOnce(
  ctx: SessionsContext,
  input: WriteInput,
  replaced: SaveOutcome['inTheWay'][number] | null,
): Promise<Attempt> {
  const { record, known } = input;
  const announcement = ctx.feed.announcement('session', record.uid);
  const write = () => attempt(ctx, { ...input, announcement, replaced });
  if (known !== null) return write();
  let done: Attempt = { written: null, inTheWay: [] };
  const writeText = async () => {
    done = await write();
    return done.written && JSON.stringify(storedAs(done.written));
  };
  await ctx.live.keep(record.uid, writeText, announcement.id);
  return done;
}

interface AttemptInput extends WriteInput {
  readonly announcement: ReturnType<SessionsContext['feed']['announcement']>;
  readonly replaced: SaveOutcome['inTheWay'][number] | null;
}

async function attempt(
  ctx: SessionsContext,
  { record, known, uses, announcement, replaced }: AttemptInput,
): Promise<Attempt> {
  const { accountId } = record.payload;
  const end = replaced && accountId !== undefined ? endWith(ctx, accountId, replaced) : null;
  let isCertain = true;
  try {
    const { version, inTheWay } = await ctx.store.save({
      record,
      version: known?.version ?? null,
      use: uses[0]?.insertion ?? null,
      announcement: announcement.call,
      limit: ctx.sessionLimit,
      replaced: end,
    });
    return { written: version === null ? null : { record, version }, inTheWay };
  } catch (error) {
    // When only the answer was lost, a repeated request would find the use recorded.
    const isLost = isAppError(error) && error.kind === 'unavailable';
    const version = isLost ? await ctx.store.versionOf(record).catch(() => null) : null;
    if (version !== null) return { written: { record, version }, inTheWay: [] };
    isCertain = false;
    throw error;
  } finally {
    announcement.deliver(isCertain);
    end?.deliver(isCertain);
  }
}

function storedAs({ record: { payload, expiresAt }, version }: Written): StoredSession {
  return { payload, version, expiresAt: expiresAt.getTime() };
}

async function writeInTransaction(
  ctx: SessionsContext,
  input: WriteInput,
): Promise<Written | null> {
  const { uid, deviceFingerprint, payload } = input.record;
  return ctx.db.transaction(async (tx) => {
    const store = createSessionStore(tx, ctx.masterSealer);
    const accountId = isSignIn(input) ? payload.accountId : undefined;
    if (accountId !== undefined) await store.lockAccount(accountId);
    const endOthers = async () => {
      if (accountId === undefined) return [];
      return store.endExcess({ accountId, uid, deviceFingerprint, limit: ctx.sessionLimit });
    };
    // A new session is always written: no statement needs the rows of another, and all are sent together.
    const [written, others] =
      input.known === null
        ? await Promise.all([insert(store, tx, input), endOthers()])
        : [await update(store, tx, { ...input, known: input.known }), null];
    if (written === null) return null;
    await ctx.feed.publish(tx, 'session', uid);
    if (accountId === undefined) return written;
    const ended = others ?? (await endOthers());
    await revokeSessionGrants(ctx, tx, { accountId, ended, reason: 'replaced' });
    return written;
  });
}

async function insert(
  store: SessionStore,
  tx: Database,
  { record, uses }: WriteInput,
): Promise<Written> {
  const recorded = uses.map((use) => use.record(tx));
  const [version] = await Promise.all([store.write(record, null), ...recorded]);
  if (version === null) throw new Error('a new session was not written');
  return { record, version };
}

async function update(
  store: SessionStore,
  tx: Database,
  { record: changed, known, uses }: WriteInput & { readonly known: KnownSession },
): Promise<Written | null> {
  const stored = await store.lockForWrite(changed.uid, changed.seenAt);
  for (const use of uses) await use.record(tx);
  const record = merge(changed, known, stored);
  const version = record === null ? null : await store.write(record, stored?.version ?? null);
  return record === null || version === null ? null : { record, version };
}

function merge(
  record: SessionRecord,
  known: KnownSession,
  stored: StoredSession | null,
): SessionRecord | null {
  const payload = stored && mergeChanges(known.payload, record.payload, stored.payload);
  return payload && { ...record, payload, fingerprint: fingerprint(requireNames(payload).jti) };
}
