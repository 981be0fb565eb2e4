import type { RefreshToken } from 'oidc-provider';

import { finishRedemption } from '../adapters/redeem.ts';
import { isRefreshTokenRotated } from '../token-lives.ts';
import type { FastPathContext } from './context.ts';
import { type Exchange, hasPlainTokens, isPlainSource, issueTokens } from './issue-tokens.ts';
import { findLiveAccess } from './live-access.ts';
import { identifyPlainClient } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

interface Refresh extends Exchange {
  /** The token that the request presents. */
  readonly source: RefreshToken;
}

const REFRESHED = 'refresh_token';

/**
 * Answers a refresh (RFC 6749 §6) with an opaque access token. Null for refusals, and for refresh tokens that are bound to a key
 * or an API. A failure before the commit, or in it, leaves the refresh token as it was: nothing can fail after the commit.
 */
export async function answerRefresh(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const redemption = ctx.tokens.beginRedemption();
  const refresh = await findRefresh(ctx, request);
  if (refresh === null) return null;
  const { client, source: token } = refresh;
  const next = isRefreshTokenRotated(client, token) ? await rotate(ctx, refresh) : token;
  const { scope, refresh_token: value } = request.form;
  return finishRedemption(ctx, redemption, {
    answer: await issueTokens(ctx, refresh, async () => (next === token ? value : next.save())),
    client,
    token,
    parameters: { scope },
  });
}

/** The checks of the library's token endpoint, in its order. */
async function findRefresh(ctx: FastPathContext, request: PlainRequest): Promise<Refresh | null> {
  const { refresh_token: value, scope, resource } = request.form;
  if (!value || scope === '' || resource !== undefined) return null;
  const client = await identifyPlainClient(ctx, request);
  if (client === null || !hasPlainTokens(client, REFRESHED)) return null;
  const source: (Refresh['source'] & Exchange['source']) | undefined =
    await ctx.provider.RefreshToken.find(value);
  if (source === undefined || !isPlainSource(source, client)) return null;
  if (source.isSenderConstrained()) return null;
  const live = await findLiveAccess(ctx, source);
  if (live === null) return null;
  const scopes = scope === undefined ? source.scopes : new Set(scope.split(' '));
  for (const name of scopes) if (!source.scopes.has(name)) return null;
  return { ...live, source, scopes, gty: refreshedType(source.gty) };
}

/** Uses the token up. @returns its successor, not saved yet. */
async function rotate(
  { provider }: FastPathContext,
  { client, source, gty }: Refresh,
): Promise<RefreshToken> {
  await source.consume();
  const { iat: _iat, exp: _exp, jti: _jti, kind: _kind, consumed: _consumed, ...kept } = source;
  return new provider.RefreshToken({
    ...(kept as ConstructorParameters<typeof provider.RefreshToken>[0]),
    client,
    rotations: (source.rotations ?? 0) + 1,
    gty,
  });
}

function refreshedType(gty = ''): string {
  return gty.endsWith(REFRESHED) ? gty : `${gty} ${REFRESHED}`;
}
