import { connect, type Connected } from '../../src/services.ts';
import { findFreePort } from '../../src/platform/free-port.ts';
import { testConfig } from '../support/config.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { startNode, type ServerNode } from '../support/node.ts';
import { startRedis } from '../support/redis.ts';
import { startSmtp } from '../support/smtp.ts';
import { findNginxPorts, startNginx } from './nginx.ts';
import { createTrustingFetch } from './trusting-fetch.ts';

/** What docker-compose.yml describes, without containers: two nodes in production mode behind nginx with TLS. */
export interface Installation {
  readonly url: string;
  readonly nodes: readonly [ServerNode, ServerNode];
  /** For making people and apps with the real use cases, as a third process. */
  readonly connected: Connected;
  /** Trusts the certificate. */
  readonly fetch: typeof fetch;
  /** The nodes that answered since the last call, one entry per answer that came through nginx. */
  takeAnswerers(): readonly ServerNode[];
  stop(): Promise<void>;
}

/** Starts all of it; stop it in an `after` hook. */
export async function startInstallation(): Promise<Installation> {
  const [database, keyStore, redis, smtp] = [
    await createTestDatabase(),
    await createEmptyDatabase(),
    await startRedis(),
    await startSmtp(),
  ];
  const ports = await findNginxPorts();
  const url = `https://localhost:${String(ports.https)}`;
  const nodePorts = [await findFreePort(), await findFreePort()] as const;
  const start = async (port: number): Promise<ServerNode> =>
    startNode({
      databaseUrl: database.url,
      redisUrl: redis.url,
      issuer: url,
      port,
      env: {
        NODE_ENV: 'production',
        KEY_STORE_URL: keyStore.url,
        TRUSTED_PROXIES: '127.0.0.1',
        SMTP_URL: smtp.url,
        MAIL_FROM: 'Consentry <no-reply@localhost.example>',
        RATE_LIMITS: 'true',
        RATE_LIMIT_MULTIPLIER: '1000',
      },
    });
  const nodes = [await start(nodePorts[0]), await start(nodePorts[1])] as const;
  const nginx = await startNginx(ports, nodePorts);
  const config = { issuer: url, redisUrl: redis.url, keyStoreUrl: keyStore.url };
  const connected = await connect(testConfig(database.url, config));
  const recorder = recordAnswerers(createTrustingFetch(nginx.certificate), nodes);
  return {
    url,
    nodes,
    connected,
    ...recorder,
    stop: async () => {
      await connected.close();
      await nginx.stop();
      await Promise.all(nodes.map((node) => node.stop()));
      await smtp.stop();
      await redis.stop();
      await database.drop();
      await keyStore.drop();
    },
  };
}

function recordAnswerers(send: typeof fetch, nodes: Installation['nodes']) {
  const answerers: ServerNode[] = [];
  return {
    fetch: (async (input, init) => {
      const response = await send(input, init);
      // After a failed try nginx names both; the last one answered.
      const address = response.headers.get('x-answered-by')?.split(', ').at(-1);
      const node = nodes.find(({ url }) => new URL(url).host === address);
      if (node !== undefined) answerers.push(node);
      return response;
    }) satisfies typeof fetch,
    takeAnswerers: () => answerers.splice(0),
  };
}
