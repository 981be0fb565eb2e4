import { AppError } from '../../platform/app-error.ts';
import { HttpError } from '../http-error.ts';
import type { Caller, SessionCaller } from './caller.ts';
import type { ApiRoute } from './route.ts';

type AccessRule = Pick<ApiRoute, 'access' | 'scope'>;

/**
 * Checks a caller of the JSON API.
 * @throws HttpError 401 `unauthenticated`, 403 `insufficient_scope` (RFC 6750 §3.1), AppError `forbidden`.
 */
export function requireAccess(caller: Caller, { access, scope }: AccessRule): void {
  if (access === 'public') return;
  if (caller.kind === 'anonymous') {
    throw new HttpError(401, 'unauthenticated', { 'WWW-Authenticate': 'Bearer' });
  }
  const isAllowed =
    caller.kind === 'app'
      ? access === 'person_or_app'
      : access !== 'administrator' || caller.isAdministrator;
  if (!isAllowed) throw new AppError('forbidden', 'forbidden');
  requireScope(caller, scope);
}

/**
 * Refuses a token without the scope of this operation, and every token where a route declares none.
 * Handlers call it when a part of their answer needs more than their operation.
 * @throws HttpError 403 `insufficient_scope`.
 */
export function requireScope(
  caller: Exclude<Caller, { kind: 'anonymous' }>,
  scope: string | undefined,
): void {
  if (caller.kind === 'person' && caller.via === 'session') return;
  if (scope !== undefined && caller.scopes.has(scope)) return;
  const challenge = `Bearer error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`;
  throw new HttpError(403, 'insufficient_scope', { 'WWW-Authenticate': challenge });
}

/** The person behind a page: pages accept sessions only and ignore access tokens. */
export function sessionOf(caller: Caller): SessionCaller | null {
  return caller.kind === 'person' && caller.via === 'session' ? caller : null;
}
