import type { Database } from '../platform/postgres/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import { requireNames, type SessionCopy, type SessionKey } from './session-copy-store.ts';

/** A session as this request has seen it. */
export interface KnownSession extends SessionCopy {
  /**
   * `retired`: its id was given up in this request, the next save puts it under a new one.
   * `ended`: another request ended it while this one was under way; it is never saved again.
   */
  readonly state: 'live' | 'retired' | 'ended';
}

/** The sessions that the current request has read already; none outside of a request. */
export function recall(key: SessionKey): KnownSession | undefined {
  const memo = currentRequest()?.memo;
  const uid = 'uid' in key ? key.uid : memo?.get(idName(key.id));
  const known = memo?.get(uidName(String(uid)));
  return typeof known === 'string' ? (JSON.parse(known) as KnownSession) : undefined;
}

/** Keeps text, because the library changes the objects it receives. */
export function remember(known: KnownSession): void {
  const memo = currentRequest()?.memo;
  if (memo === undefined) return;
  const { uid, jti } = requireNames(known.payload);
  memo.set(uidName(uid), JSON.stringify(known));
  if (known.state === 'live') memo.set(idName(jti), uid);
  else memo.delete(idName(jti));
}

/** Records that the session `oldId` is about to be saved under another id in this request. */
export function announceRotation(oldId: string): void {
  currentRequest()?.memo.set(ROTATING, oldId);
}

/** True between the announcement and the save. */
export function isRotating(id: string): boolean {
  return currentRequest()?.memo.get(ROTATING) === id;
}

/** Something that a request uses up. */
export interface SingleUse {
  /** Records the use in `tx`; throws when another request recorded it before. */
  readonly record: (tx: Database) => Promise<void>;
  /** Clears away after the commit. When it fails in an outage, the rest expires by itself. */
  readonly clear?: () => Promise<void>;
}

/**
 * Demands that the next save of a session in this request records a use in the same commit: a request that an outage ends
 * has used nothing up. The save fails when `record` does.
 * @returns false outside of requests: then it is not recorded.
 */
export function announceSingleUse(use: SingleUse): boolean {
  const memo = currentRequest()?.memo;
  memo?.set(SINGLE_USE, [...pendingUses(), use]);
  return memo !== undefined;
}

/** The uses that {@link announceSingleUse} was given, once. */
export function takeSingleUses(): readonly SingleUse[] {
  const uses = pendingUses();
  currentRequest()?.memo.delete(SINGLE_USE);
  return uses;
}

function pendingUses(): readonly SingleUse[] {
  return (currentRequest()?.memo.get(SINGLE_USE) as readonly SingleUse[] | undefined) ?? [];
}

const SINGLE_USE = 'single use';
const ROTATING = 'session rotating';

function idName(id: string): string {
  return `session id:${id}`;
}

function uidName(uid: string): string {
  return `session uid:${uid}`;
}
