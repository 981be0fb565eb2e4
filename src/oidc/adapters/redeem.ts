import { hash } from 'node:crypto';

import type { Middleware } from 'koa';
import type { Client as ProviderClient, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';

import type { Redemption } from '../../tokens/index.ts';
import { PROTOCOL_ROUTES, refreshTokenPolicy } from '../configuration.ts';
import { answerToFailure } from '../provider-errors.ts';
import { refreshTokenSeconds } from '../token-lives.ts';
import type { OidcContext } from '../context.ts';

/** Of the code that a request presents. */
interface Challenge {
  readonly clientId?: string | undefined;
  readonly codeChallenge?: string | undefined;
}

/**
 * Runs around the token endpoint: the artifacts that the library used up and issued are written in one commit once the answer is known.
 * A request that is refused or fails in an outage uses nothing up. Only a code that was sent with a wrong verifier is
 * revoked.
 */
export function redeem(deps: OidcContext): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== PROTOCOL_ROUTES.token || ctx.method !== 'POST') return next();
    const redemption = deps.tokens.beginRedemption();
    try {
      await next();
      if (ctx.status === 200) await finish(deps, ctx as KoaContextWithOIDC, redemption);
      else await revokeGuessedCode(deps, ctx as KoaContextWithOIDC, redemption);
    } catch (error) {
      const failure = answerToFailure(error);
      if (failure === null) throw error;
      ctx.status = failure.status;
      ctx.body = failure.body;
      if (failure.retryAfterSeconds !== null)
        ctx.set('Retry-After', String(failure.retryAfterSeconds));
    }
  };
}

async function finish(
  deps: OidcContext,
  ctx: KoaContextWithOIDC,
  redemption: Redemption,
): Promise<void> {
  if (redemption.presented === null) return;
  const { client, params = {}, entities } = ctx.oidc;
  const answer = JSON.stringify(ctx.body);
  const given = await finishRedemption(deps, redemption, {
    answer,
    client,
    token: entities.RefreshToken,
    parameters: { ...params, jkt: entities.AccessToken?.jkt },
  });
  if (given !== answer) ctx.body = JSON.parse(given) as object;
}

/** A token request whose answer is known. */
interface AnsweredRedemption {
  /** JSON. */
  readonly answer: string;
  readonly client: ProviderClient | undefined;
  /** The refresh token that the request presents, when it is kept. */
  readonly token: RefreshToken | undefined;
  /** Of the request, and the key that the answer is bound to. */
  readonly parameters: {
    readonly scope?: unknown;
    readonly resource?: unknown;
    readonly authorization_details?: unknown;
    readonly jkt?: string | undefined;
  };
}

/**
 * Writes the artifacts that a token request used up and issued, or lets a refresh token that is kept live on.
 * @returns the answer to give, see {@link commitRedemption}. @throws AppError `already_used`.
 */
export async function finishRedemption(
  deps: Pick<OidcContext, 'tokens' | 'settings'>,
  redemption: Redemption,
  answered: AnsweredRedemption,
): Promise<string> {
  const { presented } = redemption;
  const { answer } = answered;
  if (presented === null) return answer;
  if (!redemption.isUsedUp) {
    await extend(deps, redemption, answered);
    return answer;
  }
  const grantId = presented.payload.grantId;
  return deps.tokens.commitRedemption({
    redemption,
    answer,
    request: shapeOf(answered),
    grant: grantId === undefined ? null : await deps.tokens.findGrant(grantId),
  });
}

/** The parameters by which two requests with one refresh token are the same: permissions, API, and the key the answer is bound to. */
function shapeOf({ parameters }: AnsweredRedemption): readonly unknown[] {
  const { scope, resource, authorization_details: details, jkt } = parameters;
  return [scope ?? null, resource ?? null, details ?? null, jkt ?? null];
}

/** Each use of a refresh token that is not rotated extends its life, up to the absolute limit. */
async function extend(
  { tokens, settings }: Pick<OidcContext, 'tokens' | 'settings'>,
  { presented }: Redemption,
  { token, client }: AnsweredRedemption,
): Promise<void> {
  if (presented?.kind !== 'RefreshToken' || token === undefined) return;
  const seconds = refreshTokenSeconds(refreshTokenPolicy(settings), token, client);
  await tokens.extendRefreshToken(presented, seconds);
}

/** Revokes a code after a wrong verifier (RFC 9700 §2.1.1); only its own app can cause that. */
async function revokeGuessedCode(
  { tokens }: OidcContext,
  { oidc, status }: KoaContextWithOIDC,
  { presented }: Redemption,
): Promise<void> {
  if (status !== 400 || presented?.kind !== 'AuthorizationCode') return;
  const { clientId, codeChallenge } = presented.payload as Challenge;
  if (oidc.client === undefined || oidc.client.clientId !== clientId) return;
  const verifier = oidc.params?.['code_verifier'];
  const given = typeof verifier === 'string' ? hash('sha256', verifier, 'base64url') : undefined;
  if (given !== codeChallenge) await tokens.revokeCode(presented.id);
}
