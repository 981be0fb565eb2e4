import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { Type } from 'typebox';

import type { Client, Clients } from '../../clients/index.ts';
import { type Consents, projectGrant } from '../../consents/index.ts';
import { HttpError } from '../../http/http-error.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Scopes } from '../../scopes/index.ts';
import { bearerToken } from '../authenticate-request.ts';
import { isCutOff } from '../client-authentication/may-introspect.ts';
import { GRANT_SCOPES, GRANTS_PATH } from './grant-management.ts';
import { GrantView, presentGrant } from './grant-management-schema.ts';
import { fromProviderError } from '../provider-errors.ts';
import { NameParam, OpaqueIdParam } from '../../http/routing/path-parameters.ts';

interface GrantManagementRoutesDeps {
  readonly provider: () => Provider;
  readonly clients: Pick<Clients, 'find'>;
  readonly consents: Pick<
    Consents,
    'findManaged' | 'findGrantAccount' | 'relinquishClaim' | 'withdraw'
  >;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly clock: Clock;
}

const COMMON = {
  tag: 'Grant management',
  access: 'public',
  limit: { points: 600, perSeconds: 60 },
  errorCodes: { 401: ['invalid_token'], 403: ['insufficient_scope'], 404: ['grant_not_found'] },
} as const;
const ENDING = {
  ...COMMON,
  method: 'delete',
  appScope: GRANT_SCOPES.revoke,
  response: Nothing,
} as const;

const GrantParams = Type.Object({ grantId: OpaqueIdParam });
const ClaimParams = Type.Object({ grantId: OpaqueIdParam, claim: NameParam });

/**
 * The API by which an app reads and ends its grants (Grant Management for OAuth 2.0 §6), with a token of its own
 * (`client_credentials`). It reaches only its own grants; others are not found.
 */
export function grantManagementRoutes(deps: GrantManagementRoutesDeps): readonly AnyRoute[] {
  return [queryRoute(deps), ...endingRoutes(deps)];
}

function queryRoute(deps: GrantManagementRoutesDeps): AnyRoute {
  return route({
    ...COMMON,
    method: 'get',
    path: `${GRANTS_PATH}/{grantId}`,
    operationId: 'readGrant',
    summary: 'Read the current state of a grant',
    description: `Needs a token of the app itself with \`${GRANT_SCOPES.query}\`.`,
    appScope: GRANT_SCOPES.query,
    params: GrantParams,
    response: GrantView,
    handle: async ({ params: { grantId }, ctx }) => {
      const client = await requireApp(deps, ctx, GRANT_SCOPES.query);
      const consent = await deps.consents.findManaged({ grantId, clientId: client.id });
      if (consent === null) throw new AppError('not_found', 'grant_not_found');
      const catalogue = await deps.scopes.catalogue();
      const now = deps.clock.now();
      return presentGrant(consent, projectGrant({ consent, catalogue, client, now }));
    },
  });
}

function endingRoutes(deps: GrantManagementRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...ENDING,
      path: `${GRANTS_PATH}/{grantId}`,
      operationId: 'revokeGrant',
      summary: 'Revoke a grant',
      description: `Ends the grant and all its tokens at once. The person sees that your app did it. Does nothing when the grant has already ended, so the request may be repeated. Needs a token of the app itself with \`${GRANT_SCOPES.revoke}\`.`,
      params: GrantParams,
      handle: async ({ params: { grantId }, ctx }) => {
        const client = await requireApp(deps, ctx, GRANT_SCOPES.revoke);
        const { accountId, clientId } = await requireGrant(deps, client, grantId);
        await deps.consents.withdraw({ accountId, clientId, relinquishedGrantId: grantId });
      },
    }),
    route({
      ...ENDING,
      path: `${GRANTS_PATH}/{grantId}/claims/{claim}`,
      operationId: 'relinquishClaim',
      summary: 'Relinquish one claim',
      description: `Your app can no longer read this claim, with immediate effect; other claims stay. The person sees that your app did it. To read the claim again, your app must request it again. Needs a token of the app itself with \`${GRANT_SCOPES.revoke}\`.`,
      params: ClaimParams,
      errorCodes: { ...COMMON.errorCodes, 404: ['grant_not_found', 'claim_not_granted'] },
      handle: async ({ params: { grantId, claim }, ctx }) => {
        const client = await requireApp(deps, ctx, GRANT_SCOPES.revoke);
        const grant = await requireGrant(deps, client, grantId);
        // After the end of a consent the app has no permissions.
        if ((await deps.consents.findManaged(grant)) === null) return;
        await deps.consents.relinquishClaim({ ...grant, claim });
      },
    }),
  ];
}

/** The app behind a token of its own. @throws HttpError 401 `invalid_token`, 403 `insufficient_scope` (RFC 6750 §3.1). */
async function requireApp(
  { provider, clients }: GrantManagementRoutesDeps,
  ctx: Context,
  scope: string,
): Promise<Client> {
  const value = bearerToken(ctx);
  const token =
    value === undefined
      ? undefined
      : await fromProviderError(provider().ClientCredentials.find(value));
  const clientId = token?.clientId;
  const client = clientId === undefined ? null : await clients.find(clientId);
  const isForOthers = token?.aud !== undefined || token?.isSenderConstrained() === true;
  const isLive = client?.status === 'active' && !isCutOff(client, token?.iat);
  if (token === undefined || isForOthers || !isLive) {
    throw new HttpError(401, 'invalid_token', {
      'WWW-Authenticate': 'Bearer error="invalid_token"',
    });
  }
  if (!token.scopes.has(scope)) {
    const header = `Bearer error="insufficient_scope", scope="${scope}"`;
    throw new HttpError(403, 'insufficient_scope', { 'WWW-Authenticate': header });
  }
  return client;
}

/** The grant of this app, and the account that it is of. @throws AppError `grant_not_found`. */
async function requireGrant(
  { consents }: GrantManagementRoutesDeps,
  { id: clientId }: Client,
  grantId: string,
) {
  const accountId = await consents.findGrantAccount({ grantId, clientId });
  if (accountId === null) throw new AppError('not_found', 'grant_not_found');
  return { grantId, clientId, accountId };
}
