import type { Client as ProviderClient, Grant } from 'oidc-provider';

import { mayIntrospect } from '../client-authentication/may-introspect.ts';
import { isGrantOf } from '../live-token.ts';
import { readableScopes } from '../readable-scopes.ts';
import { subjectOf } from '../subject.ts';
import type { FastPathContext } from './context.ts';
import { findPlainToken, type PlainToken } from './find-plain-token.ts';
import { authenticatePlainClient, CLIENT_FIELDS } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

export const INTROSPECTION_FIELDS = ['token', 'token_type_hint', ...CLIENT_FIELDS];

/** Answers introspection (RFC 7662 §2.2) of an active opaque access token. Null for every other answer. */
export async function answerIntrospection(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const requester = await authenticatePlainClient(ctx, request);
  if (requester === null) return null;
  const token = await findPlainToken(ctx.provider, request.form);
  if (token === null || !token.isValid || token.extra !== undefined) return null;
  const grant = await grantOf(ctx, token);
  if (grant === null || !(await mayIntrospect(ctx, requester, token))) return null;
  const owner = await ownerOf(ctx, token, requester);
  if (owner === undefined) return null;
  const { accountId, scope } = token;
  return JSON.stringify({
    active: true,
    ...(accountId !== undefined && {
      sub: subjectOf(ctx.settings.pairwiseSalt, owner, accountId),
    }),
    client_id: token.clientId,
    exp: token.exp,
    iat: token.iat,
    sid: token.sid,
    iss: ctx.provider.issuer,
    aud: token.aud,
    scope:
      grant === undefined || !scope
        ? scope || undefined
        : readableScopes(ctx.catalogue, grant, scope),
    token_type: token.tokenType,
  });
}

/** Undefined for a token of an app that acts for itself; null when the grant is not live. */
async function grantOf(
  { provider }: FastPathContext,
  token: PlainToken,
): Promise<Grant | undefined | null> {
  if (token.grantId === undefined) return undefined;
  const grant = await provider.Grant.find(token.grantId, { ignoreExpiration: true });
  return grant !== undefined && isGrantOf(grant, token) ? grant : null;
}

async function ownerOf(
  { provider }: FastPathContext,
  { clientId }: PlainToken,
  requester: ProviderClient,
): Promise<ProviderClient | undefined> {
  return clientId === requester.clientId ? requester : provider.Client.find(clientId ?? '');
}
