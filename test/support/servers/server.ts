import type http from 'node:http';

import { createApp } from '../../../src/server/app.ts';
import type { Config } from '../../../src/config/config.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import type { Protocol } from '../../../src/oidc/http.ts';
import type { Connected } from '../../../src/server/services.ts';
import { findFreePort } from '../../../src/dev/free-port.ts';
import { watchContract } from '../http/contract.ts';
import { testConfig, type ConfigChanges } from '../config.ts';
import { createTestDatabase } from './database.ts';
import { testRedisUrl } from './redis.ts';

export interface TestServerOptions {
  /** True stores short-lived state in the Redis of the run. Default: Postgres only. */
  readonly redis?: boolean;
  readonly config?: ConfigChanges;
  readonly clock?: Clock;
  /** The clock of the machine, from which the clock of the server is derived. Default: the real clock. */
  readonly machineClock?: Clock;
  /** Default: a new database that is dropped with the server. */
  readonly databaseUrl?: string;
}

/** A complete server in this process, on a free port. */
export interface TestServer {
  /** The address and issuer. */
  readonly url: string;
  readonly config: Config;
  readonly databaseUrl: string;
  readonly server: http.Server;
  readonly protocol: Protocol;
  /** The use cases of the server, for preparing data. */
  readonly connected: Connected;
  /** @throws Error when a response of a JSON API differed from the OpenAPI document. */
  stop(): Promise<void>;
}

/** Starts the whole server of `src/server/app.ts` on real services. Stop it in an `after` hook. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : null;
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  try {
    const port = await findFreePort();
    const config = testConfig(databaseUrl, {
      port,
      issuer: `http://localhost:${String(port)}`,
      redisUrl: options.redis === true ? testRedisUrl() : null,
      ...options.config,
    });
    const { clock, machineClock } = options;
    const app = await createApp(config, {
      ...(clock !== undefined && { clock }),
      ...(machineClock !== undefined && { machineClock }),
    });
    const breaches = watchContract(app.server);
    await app.listen();
    const stop = async (): Promise<void> => {
      await app.close();
      await database?.drop();
      if (breaches().length > 0)
        throw new Error(`responses that differ from docs/openapi.json:\n${breaches().join('\n')}`);
    };
    return {
      url: config.issuer,
      config,
      databaseUrl,
      server: app.server,
      protocol: app.protocol,
      connected: app.connected,
      stop,
    };
  } catch (error) {
    await database?.drop();
    throw error;
  }
}
