import { currentRequest } from '../platform/request-context.ts';
import { requireNames, type SessionPayload, type StoredSession } from './session.ts';

/** The value of the cookie, or the uid by which grants and tokens refer to the session. */
export type SessionKey = { readonly id: string } | { readonly uid: string };

/** A session with the changes of this request. */
export interface KnownSession extends StoredSession {
  /**
   * `renamed`: the next save of this request puts it under a new id; until then the row is as it was read.
   * `ended`: this or another request ended it; it is never saved again.
   */
  readonly state: 'live' | 'renamed' | 'ended';
}

/**
 * The session as the current request knows it; null when the request found none, undefined when it has not searched.
 * Always undefined outside of requests.
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

/** The members of a token that is bound to a session. */
interface SessionToken {
  readonly sessionUid?: string | undefined;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
}

/**
 * Records that this request presents a token of a session: the session must hold the grant of the token. A copy of the session
 * that is older than the grant would make the provider refuse the token.
 */
export function noteSessionToken({ sessionUid, clientId, grantId }: SessionToken): void {
  if (sessionUid === undefined || clientId === undefined || grantId === undefined) return;
  currentRequest()?.memo.set(tokenName(sessionUid), [clientId, grantId]);
}

/** Does this session hold the grant of the token that the request presents, if it presents one? */
export function holdsNotedGrant({ uid, authorizations = {} }: SessionPayload): boolean {
  const noted = currentRequest()?.memo.get(tokenName(uid ?? '')) as [string, string] | undefined;
  return noted === undefined || authorizations[noted[0]]?.grantId === noted[1];
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

function tokenName(uid: string): string {
  return `session token:${uid}`;
}

function uidName(uid: string): string {
  return `session uid:${uid}`;
}
