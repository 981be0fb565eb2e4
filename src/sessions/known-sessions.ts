import { currentRequest } from '../platform/request-context.ts';
import { requireNames, type StoredSession } from './session.ts';

/** The value of the cookie, or the uid by which grants and tokens refer to the session. */
export type SessionKey = { readonly id: string } | { readonly uid: string };

/** A session as this request left it. */
export interface KnownSession extends StoredSession {
  /**
   * `retired`: its id was given up in this request, the next save puts it under a new one.
   * `ended`: another request ended it while this one was under way; it is never saved again.
   */
  readonly state: 'live' | 'retired' | 'ended';
}

/**
 * The session as the current request has seen it; null when the request found none, undefined when it has not looked.
 * Outside of requests nothing is known.
 */
export function recall(key: SessionKey): KnownSession | null | undefined {
  const memo = currentRequest()?.memo as ReadonlyMap<string, string | null> | undefined;
  const uid = 'uid' in key ? key.uid : memo?.get(idName(key.id));
  const known = uid == null ? uid : memo?.get(uidName(uid));
  return known == null ? known : (JSON.parse(known) as KnownSession);
}

/** Keeps text, because the library changes the objects it receives. */
export function remember(known: KnownSession): void {
  const memo = currentRequest()?.memo;
  const { uid, jti } = requireNames(known.payload);
  memo?.set(uidName(uid), JSON.stringify(known));
  memo?.set(idName(jti), known.state === 'live' ? uid : null);
}

/** Records that there is no session of this name. */
export function noteMissing(key: SessionKey): void {
  currentRequest()?.memo.set('id' in key ? idName(key.id) : uidName(key.uid), null);
}

/** Records that the session `oldId` is about to be saved under another id in this request. */
export function announceRotation(oldId: string): void {
  currentRequest()?.memo.set(ROTATING, oldId);
}

/** True between the announcement and the save. */
export function isRotating(id: string): boolean {
  return currentRequest()?.memo.get(ROTATING) === id;
}

const ROTATING = 'session rotating';

function idName(id: string): string {
  return `session id:${id}`;
}

function uidName(uid: string): string {
  return `session uid:${uid}`;
}
