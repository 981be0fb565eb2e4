import type { Middleware } from 'koa';

/** A dependency without which this node cannot work. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects when it cannot be reached. */
  readonly check: () => Promise<unknown>;
}

const TIMEOUT_MS = 2_000;

/**
 * `/health/live`: the process answers. `/health/ready`: the node accepts requests; 503 when a dependency cannot be reached or
 * the node is about to stop. The answer names the missing dependencies, without reasons.
 */
export function createHealth(checks: readonly HealthCheck[]) {
  const state = { isStopping: false };
  const middleware: Middleware = async (ctx, next) => {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next();
    ctx.state['routePattern'] = ctx.path;
    ctx.set('Cache-Control', 'no-store');
    if (ctx.path === '/health/live') {
      ctx.body = { status: 'ok' };
      return undefined;
    }
    const results = await Promise.all(checks.map(({ check }) => succeeds(check)));
    const missing = checks.filter((_check, index) => results[index] !== true);
    const isReady = missing.length === 0 && !state.isStopping;
    ctx.status = isReady ? 200 : 503;
    ctx.body = {
      status: isReady ? 'ok' : 'unavailable',
      missing: missing.map(({ name }) => name),
    };
    return undefined;
  };
  return {
    middleware,
    /** From now on the node is not ready. */
    startStopping: () => {
      state.isStopping = true;
    },
  };
}

export type Health = ReturnType<typeof createHealth>;

async function succeeds(check: () => Promise<unknown>): Promise<boolean> {
  const deadline = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), TIMEOUT_MS).unref();
  });
  const answered = check().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, deadline]);
}
