import { currentRequest } from '../platform/request-context.ts';
import { requireNames, type SessionCopy, type SessionKey } from './session-copy-store.ts';

/** A session as this request has seen it. */
export interface KnownSession extends SessionCopy {
  /**
   * `retired`: its id was given up in this request, the next save puts it under a new one.
   * `ended`: somebody ended it while this request was under way; nothing saves it any more.
   */
  readonly state: 'live' | 'retired' | 'ended';
}

/** What this request knows already, if it is one. */
export function recall(key: SessionKey): KnownSession | undefined {
  const memo = currentRequest()?.memo;
  const uid = 'uid' in key ? key.uid : memo?.get(idName(key.id));
  const known = memo?.get(uidName(String(uid)));
  return typeof known === 'string' ? (JSON.parse(known) as KnownSession) : undefined;
}

/** Keeps text, because the library changes what it is given. */
export function remember(known: KnownSession): void {
  const memo = currentRequest()?.memo;
  if (memo === undefined) return;
  const { uid, jti } = requireNames(known.payload);
  memo.set(uidName(uid), JSON.stringify(known));
  if (known.state === 'live') memo.set(idName(jti), uid);
  else memo.delete(idName(jti));
}

/** Says that the session `oldId` is about to be saved under another id in this request. */
export function announceRotation(oldId: string): void {
  currentRequest()?.memo.set(ROTATING, oldId);
}

/** True between the announcement and the save. */
export function isRotating(id: string): boolean {
  return currentRequest()?.memo.get(ROTATING) === id;
}

/**
 * Demands that the next save of a session in this request records `name` as used, in the same commit. The save fails with
 * `already_used` when another request recorded it before.
 */
export function announceSingleUse(name: string): void {
  currentRequest()?.memo.set(SINGLE_USE, name);
}

/** The name that {@link announceSingleUse} was given, once. */
export function takeSingleUse(): string | undefined {
  const memo = currentRequest()?.memo;
  const name = memo?.get(SINGLE_USE);
  memo?.delete(SINGLE_USE);
  return typeof name === 'string' ? name : undefined;
}

const SINGLE_USE = 'single use';
const ROTATING = 'session rotating';

function idName(id: string): string {
  return `session id:${id}`;
}

function uidName(uid: string): string {
  return `session uid:${uid}`;
}
