import type { Middleware } from 'koa';

/** Something this node cannot work without. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects when it is not there. */
  readonly check: () => Promise<unknown>;
}

export interface Health {
  /** From now on the node is not ready. */
  startStopping(): void;
  readonly middleware: Middleware;
}

const TIMEOUT_MS = 2_000;

/**
 * `/health/live`: the process answers. `/health/ready`: send requests here; 503 as soon as something it needs is away
 * or it is about to stop. The answer names the parts that cannot be reached, without reasons.
 */
export function createHealth(checks: readonly HealthCheck[]): Health {
  const state = { isStopping: false };
  return Object.freeze({
    startStopping: () => {
      state.isStopping = true;
    },
    middleware: async (ctx, next) => {
      if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next();
      ctx.state['routePattern'] = ctx.path;
      ctx.set('Cache-Control', 'no-store');
      if (ctx.path === '/health/live') {
        ctx.body = { status: 'ok' };
        return undefined;
      }
      const missing = await findMissing(checks);
      const isReady = missing.length === 0 && !state.isStopping;
      ctx.status = isReady ? 200 : 503;
      ctx.body = { status: isReady ? 'ok' : 'unavailable', missing };
      return undefined;
    },
  } satisfies Health);
}

async function findMissing(checks: readonly HealthCheck[]): Promise<string[]> {
  const results = await Promise.all(
    checks.map(async ({ name, check }) => ({ name, isThere: await succeeds(check) })),
  );
  return results.filter(({ isThere }) => !isThere).map(({ name }) => name);
}

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
