import type { Middleware } from 'koa';

import { PROBE_TOPIC, REVOCATION_BOUND_SECONDS, type RoundResult } from '../../tokens/index.ts';
import { DISCOVERY_PATHS } from '../configuration.ts';
import type { OidcContext } from '../context.ts';

/**
 * Adds the bound and the last measured time of a withdrawal to the discovery documents. The result is read when it is
 * announced and not at a request, because discovery answers without the database, too.
 */
export function publishRevocationLatency(
  deps: Pick<OidcContext, 'feed' | 'tokens'>,
  /** Called when the content of the documents has changed. */
  onChange: () => void,
): Middleware {
  let last: RoundResult | null = null;
  const load = async (): Promise<void> => {
    // A result that cannot be read now is read at the next announcement.
    const result = await deps.tokens.revocationRounds.last().catch(() => null);
    if (result === null || result.finishedAt.getTime() === last?.finishedAt.getTime()) return;
    last = result;
    onChange();
  };
  deps.feed.subscribe(PROBE_TOPIC, (key) => {
    if (key === null || key === 'result') void load();
  });
  void load();

  return async (ctx, next) => {
    await next();
    if (!DISCOVERY_PATHS.includes(ctx.path) || ctx.status !== 200) return;
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
