import type { Middleware } from 'koa';

import { answerAsToClient } from '../http/failure-responder.ts';
import type { HealthCheck } from '../http/health.ts';
import { MOST_DIFFERENCE_SECONDS } from '../platform/postgres/database-clock.ts';
import { outage } from '../platform/postgres/postgres-failure.ts';
import { atMostEvery, probeDatabase, probeRedis } from '../platform/postgres/write-probe.ts';
import type { Connected } from './services.ts';

const PROBE_EVERY_MS = 2_000;

/** Every service that a node needs. */
export function healthChecks(connected: Connected): HealthCheck[] {
  const { db, redis, feed, keyring, timeline, databaseClock } = connected;
  return [
    { name: 'database', check: () => db.ping() },
    { name: 'database writes', check: atMostEvery(PROBE_EVERY_MS, () => probeDatabase(db)) },
    {
      name: 'clock',
      check: async () => {
        const seconds = databaseClock.differenceSeconds() ?? 0;
        if (Math.abs(seconds) > MOST_DIFFERENCE_SECONDS) throw new Error('too far off');
      },
    },
    { name: 'key store', check: () => timeline.require() },
    {
      name: 'change feed',
      check: async () => {
        if (!feed.isFresh()) throw new Error('no notification has arrived lately');
      },
    },
    {
      name: 'master keys',
      check: async () => {
        keyring.keys();
      },
    },
    ...(redis === null
      ? []
      : [{ name: 'redis', check: atMostEvery(PROBE_EVERY_MS, () => probeRedis(redis)) }]),
  ];
}

/** Discovery and keys are served from memory, so that apps can verify tokens while the databases cannot be compared. */
export const NEEDS_NO_DATABASE: ReadonlySet<string> = new Set([
  '/jwks',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);

/** Refuses requests while the main database is not the right one. Static files need no database. */
export function requireTimeline(
  { timeline }: Pick<Connected, 'timeline'>,
  protocol: Record<'isProtocolPath' | 'isForPrograms', (path: string) => boolean>,
): Middleware {
  return async (ctx, next) => {
    if (protocol.isForPrograms(ctx.path)) answerAsToClient(ctx);
    if (!ctx.path.startsWith('/assets/')) await timeline.require();
    // Such a request gets here only after a failed comparison. It must not be answered with 404 because the comparison
    // succeeds now.
    if (protocol.isProtocolPath(ctx.path)) throw outage();
    return next();
  };
}
