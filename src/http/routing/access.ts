import { AppError } from '../../platform/app-error.ts';
import type { Access, Caller, SessionCaller } from './caller.ts';
import { HttpError } from '../http-error.ts';

export interface AccessRule {
  readonly access: Access;
  readonly scope: string | undefined;
}

/**
 * Checks a caller of the JSON API.
 * @throws HttpError 401 `unauthenticated`, 403 `insufficient_scope` (RFC 6750 §3.1), AppError `forbidden`.
 */
export function requireAccess(caller: Caller, rule: AccessRule): void {
  if (rule.access === 'public') return;
  if (caller.kind === 'anonymous') {
    throw new HttpError(401, 'unauthenticated', { 'WWW-Authenticate': 'Bearer' });
  }
  if (caller.kind === 'app' && rule.access !== 'person_or_app')
    throw new AppError('forbidden', 'forbidden');
  if (rule.access === 'administrator' && !(caller.kind === 'person' && caller.isAdministrator)) {
    throw new AppError('forbidden', 'forbidden');
  }
  requireScope(caller, rule.scope);
}

/**
 * A token without a scope for this operation reaches nothing: forgetting `scope` on a route must not open it to every token.
 * For handlers whose answer needs a stricter access than their operation.
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
