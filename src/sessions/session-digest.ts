import { createHash } from 'node:crypto';

import type { SessionPayload } from './session.ts';

/** Short text that is equal for equal sessions. */
export type SessionDigest = (payload: SessionPayload) => string;

/**
 * Covers what must survive a lost Redis: who, since when, how proven, for which apps, under which id, and the sign-out that
 * waits for its confirmation.
 */
export const durableDigest: SessionDigest = (payload) =>
  digest([
    payload.jti,
    payload.accountId,
    payload.loginTs,
    payload.acr,
    payload.amr,
    payload.transient,
    payload.authorizations,
    payload.state,
  ]);

/** Covers everything but the times that every request moves. */
export const wholeDigest: SessionDigest = ({ iat: _iat, exp: _exp, ...rest }) => digest(rest);

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortMembers)).digest('base64url');
}

// The same authorizations may come in another order after a round trip.
function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
