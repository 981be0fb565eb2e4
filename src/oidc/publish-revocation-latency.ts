import type { Middleware } from 'koa';

import { REVOCATION_BOUND_SECONDS, type Tokens } from '../tokens/index.ts';

const DISCOVERY = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);

/** Adds the promised and the last measured time of a withdrawal to the discovery documents. */
export function publishRevocationLatency(tokens: Pick<Tokens, 'revocationRounds'>): Middleware {
  return async (ctx, next) => {
    await next();
    if (!DISCOVERY.has(ctx.path) || ctx.status !== 200) return;
    const last = await tokens.revocationRounds.last();
    ctx.body = {
      ...(ctx.body as object),
      revocation_latency_bound_seconds: REVOCATION_BOUND_SECONDS,
      ...(last === null
        ? {}
        : {
            revocation_latency_last_measured_seconds: Math.round(last.seconds * 1000) / 1000,
            revocation_latency_measured_at: Math.floor(last.finishedAt.getTime() / 1000),
          }),
    };
  };
}
