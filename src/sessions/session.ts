import type { ArtifactPayload } from '../tokens/index.ts';

/** The state of one app in a session. */
interface SessionAuthorization {
  readonly sid?: string | undefined;
  readonly grantId?: string | undefined;
  /** The app was given offline access: signing out does not end it. */
  readonly persistsLogout?: boolean | undefined;
}

/** A session as oidc-provider keeps it. */
export interface SessionPayload extends ArtifactPayload {
  readonly loginTs?: number | undefined;
  readonly acr?: string | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly transient?: boolean | undefined;
  readonly authorizations?: Readonly<Record<string, SessionAuthorization>> | undefined;
  /** The state of a sign-out that has to be confirmed. */
  readonly state?: object | undefined;
}

/** A row as it was read. */
export interface StoredSession {
  readonly payload: SessionPayload;
  /** Another one after each write of the row. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** One signed-in browser as its owner sees it. */
export interface SessionSummary {
  readonly uid: string;
  readonly createdAt: Date;
  /** Accurate to about an hour, because not every request is recorded. */
  readonly lastSeenAt: Date;
  readonly authenticatedAt: Date;
  /** The end of the session if it is not used again. */
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
  /** The methods of the last sign-in (RFC 8176). */
  readonly amr: readonly string[];
  /** False: the browser forgets the session when it closes. */
  readonly isRemembered: boolean;
  /** Apps that the person signed in to through it and that have access now. */
  readonly clientIds: readonly string[];
}

/** A session as it is read for its owner. */
export interface ListedSession extends Omit<SessionSummary, 'amr' | 'isRemembered' | 'clientIds'> {
  readonly payload: SessionPayload;
}

/** Apps whose access outlives this session. */
export function offlineClientIds({ authorizations = {} }: SessionPayload): readonly string[] {
  return Object.entries(authorizations)
    .filter(([, authorization]) => authorization.persistsLogout === true)
    .map(([clientId]) => clientId);
}

/**
 * The `sid` of each app that people signed in to through this session, by client id. When one leaves the table `sessions`, a trigger
 * notes that the app has to be notified (OpenID Connect Back-Channel Logout 1.0).
 */
export function appSids({ authorizations = {} }: SessionPayload): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(authorizations).flatMap(([clientId, { sid, grantId }]) =>
      sid === undefined || grantId === undefined ? [] : [[clientId, sid]],
    ),
  );
}

/** The two names every session has. @throws Error when one is missing. */
export function requireNames({ uid, jti }: SessionPayload): { uid: string; jti: string } {
  if (uid === undefined || jti === undefined) throw new Error('a session has a uid and an id');
  return { uid, jti };
}

/** Are these equal except for the times that every request changes? */
export function isSameSession(one: SessionPayload, other: SessionPayload): boolean {
  return isSame(withoutTimes(one), withoutTimes(other));
}

function withoutTimes({ iat: _iat, exp: _exp, ...rest }: SessionPayload): object {
  return rest;
}

// An extension by less than this (and less than a tenth of the lifetime) is not written.
const EXPIRY_SLACK_MS = 3_600_000;

/** Does the stored expiry stay, because the new one is too close to it for a write? */
export function isExpiryKept(
  stored: Pick<StoredSession, 'expiresAt'>,
  { seenAt, expiresAt }: { readonly seenAt: Date; readonly expiresAt: Date },
): boolean {
  const slack = Math.min(EXPIRY_SLACK_MS, (expiresAt.getTime() - seenAt.getTime()) / 10);
  return Math.abs(expiresAt.getTime() - stored.expiresAt) <= slack;
}

/** Compares two values as JSON, in any order of members. */
export function isSame(one: unknown, other: unknown): boolean {
  return (
    JSON.stringify(one) === JSON.stringify(other) ||
    JSON.stringify(one, sortMembers) === JSON.stringify(other, sortMembers)
  );
}

// The library may write the same authorizations in another order.
function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
