import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

import type { AuditKind } from '../audit/index.ts';
import { noteFailure } from '../platform/request-context.ts';
import { TemporarilyUnavailable } from './provider-errors.ts';
import type { OidcContext } from './context.ts';

/**
 * Writes events of the library to the audit log, after the answer: an audit line that is late must not fail a sign-in. Facts
 * that must be stored before the answer go through the ledger and the consents.
 */
export function recordProtocolEvents(provider: Provider, deps: OidcContext): void {
  const record = (kind: AuditKind, ctx: KoaContextWithOIDC) => {
    const { client, session, entities } = ctx.oidc;
    const accountId = entities.Account?.accountId ?? session?.accountId ?? null;
    const clientId = client?.clientId ?? null;
    deps.audit.recordAlone({ kind, accountId, clientId });
  };
  const failed = (kind: string) => (ctx: KoaContextWithOIDC, error: Error) => {
    const clientId = ctx.oidc.client?.clientId;
    if (error instanceof TemporarilyUnavailable) {
      const { code, cause } = error.outage;
      const reason = cause instanceof Error ? cause.message : undefined;
      noteFailure({ level: 'warn', fields: { kind, clientId, code, reason } });
    }
    if ('statusCode' in error && Number(error.statusCode) >= 500) return;
    noteFailure({ level: 'info', fields: { kind, code: error.message, clientId } });
    notifyDeveloper(deps, ctx, error);
  };

  provider.on('authorization.error', failed('authorization.refused'));
  provider.on('grant.error', failed('token.refused'));
  provider.on('introspection.error', failed('introspection.refused'));
  provider.on('revocation.error', failed('revocation.refused'));
  provider.on('pushed_authorization_request.error', failed('par.refused'));
  provider.on('userinfo.error', failed('userinfo.refused'));
  provider.on('grant.revoked', (ctx: KoaContextWithOIDC) => record('grant.revoked', ctx));
  provider.on('end_session.success', (ctx: KoaContextWithOIDC) => record('session.ended', ctx));
  provider.on('server_error', (_ctx: KoaContextWithOIDC, error: Error) => {
    if (!noteFailure({ level: 'error', fields: { err: error } }))
      deps.log.error({ err: error }, 'unexpected failure in the protocol');
  });
}

/** Refusals by the person, and requests of a browser without a session, are not errors of the app. */
const NO_MISTAKES = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);

/**
 * Writes to the failure log of the app, with the reason that the answer does not contain. Nothing for an unknown client
 * id.
 */
function notifyDeveloper(deps: OidcContext, { oidc }: KoaContextWithOIDC, error: Error): void {
  const { client, route } = oidc;
  if (client === undefined || NO_MISTAKES.has(error.message)) return;
  const { error_detail: detail, error_description: description } = error as {
    error_detail?: string;
    error_description?: string;
  };
  const address = error.message === 'invalid_redirect_uri' ? withoutValues(oidc.params) : '';
  deps.clients
    .noteFailure({
      clientId: client.clientId,
      endpoint: route,
      code: error.message,
      reason: `${detail ?? description ?? ''}${address}`,
    })
    .catch((failure: unknown) =>
      deps.log.warn({ err: failure }, 'a failed request could not be recorded'),
    );
}

/** The sent address without its query, which can contain values. */
function withoutValues(parameters: KoaContextWithOIDC['oidc']['params']): string {
  const sent = parameters?.['redirect_uri'];
  const url = typeof sent === 'string' ? URL.parse(sent) : null;
  return url === null ? '' : `: ${url.protocol}//${url.host}${url.pathname}`;
}
