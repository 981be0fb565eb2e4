import type { Client as ProviderClient } from 'oidc-provider';

import type { AccessTokenContent } from '../../tokens/index.ts';
import { mayIntrospect } from '../client-authentication/may-introspect.ts';
import { readableScopes } from '../readable-scopes.ts';
import { subjectOf } from '../subject.ts';
import type { FastPathContext } from './context.ts';
import { findPlainToken } from './find-plain-token.ts';
import { findLiveGrant } from './live-access.ts';
import { authenticatePlainClient, CLIENT_FIELDS } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

/** The parameters of introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1). */
export const INTROSPECTION_FIELDS = ['token', 'token_type_hint', ...CLIENT_FIELDS];

/** Answers introspection (RFC 7662 §2.2) of an active opaque access token. Null for every other answer. */
export async function answerIntrospection(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const requester = await authenticatePlainClient(ctx, request);
  if (requester === null) return null;
  const token = await findPlainToken(ctx, request.form['token']);
  if (token === null) return null;
  // An app that acts for itself has no grant.
  const live = token.grantId === undefined ? undefined : await findLiveGrant(ctx, token);
  if (live === null || !(await mayIntrospect(ctx, requester, token))) return null;
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
      live === undefined || !scope
        ? scope || undefined
        : readableScopes(ctx.catalogue, live.projection.grantedClaims, scope),
    token_type: 'Bearer',
  });
}

async function ownerOf(
  { provider }: FastPathContext,
  { clientId }: AccessTokenContent,
  requester: ProviderClient,
): Promise<ProviderClient | undefined> {
  return clientId === requester.clientId ? requester : provider.Client.find(clientId ?? '');
}
