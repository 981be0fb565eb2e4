import { connect, type Connected } from '../../../src/server/services.ts';
import { findFreePort } from '../../../src/dev/free-port.ts';
import { testConfig } from '../../support/config.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/servers/database.ts';
import { startNode, type ServerNode } from '../../support/servers/node.ts';
import { startRedis } from '../../support/servers/redis.ts';
import { startSmtp, type MailCatcher } from '../../support/servers/smtp.ts';
import { findNginxPorts, startNginx, type Nginx } from './nginx.ts';
import { createTrustingFetch } from './trusting-fetch.ts';

/** Two nodes; a restarted node replaces the stopped one. */
export type TwoNodes = [ServerNode, ServerNode];

/** The installation of docker-compose.yml without containers: two nodes in production mode behind nginx with TLS. */
export interface Installation {
  readonly url: string;
  readonly nodes: Readonly<TwoNodes>;
  /** Use cases for creating people and apps, as in a third process. */
  readonly connected: Connected;
  readonly nginx: Nginx;
  readonly smtp: MailCatcher;
  /** A `fetch` that trusts the certificate. */
  readonly fetch: typeof fetch;
  /** The nodes that responded through nginx since the last call, one entry per response. */
  takeResponders(): readonly ServerNode[];
  /** Restarts a stopped or killed node on the same port. */
  startAgain(index: 0 | 1): Promise<void>;
  stop(): Promise<void>;
}

export interface InstallationOptions {
  /** Database of the nodes. Default: a new database. */
  readonly databaseUrl?: string;
  /** Key store of the nodes. Default: a new database. */
  readonly keyStoreUrl?: string;
  /** Database address of the third process. Default: that of the nodes. */
  readonly directDatabaseUrl?: string;
  /** Redis of the nodes. Default: a new Redis. */
  readonly redisUrl?: string;
  /** Further settings of the nodes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts an installation; stop it in an `after` hook. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const storage = await provideStorage(options);
  const smtp = await startSmtp();
  const ports = await findNginxPorts();
  const url = `https://localhost:${String(ports.https)}`;
  const nodePorts = [await findFreePort(), await findFreePort()] as const;
  const start = async (port: number): Promise<ServerNode> =>
    startNode({
      databaseUrl: storage.databaseUrl,
      redisUrl: storage.redisUrl,
      issuer: url,
      port,
      env: {
        NODE_ENV: 'production',
        KEY_STORE_URL: storage.keyStoreUrl,
        TRUSTED_PROXIES: '127.0.0.1',
        SMTP_URL: smtp.url,
        MAIL_FROM: 'Consentry <no-reply@localhost.example>',
        RATE_LIMITS: 'true',
        RATE_LIMIT_MULTIPLIER: '1000',
        DRAIN_SECONDS: '0',
        ...options.env,
      },
    });
  const nodes: TwoNodes = [await start(nodePorts[0]), await start(nodePorts[1])];
  const nginx = await startNginx(ports, nodePorts);
  const config = { issuer: url, redisUrl: storage.redisUrl, keyStoreUrl: storage.keyStoreUrl };
  const connected = await connect(
    testConfig(options.directDatabaseUrl ?? storage.databaseUrl, config),
  );
  const recorder = recordResponders(createTrustingFetch(nginx.certificate), nodes);
  return {
    url,
    nodes,
    connected,
    nginx,
    smtp,
    ...recorder,
    startAgain: async (index) => {
      nodes[index] = await start(nodePorts[index]);
    },
    stop: async () => {
      await connected.close();
      await nginx.stop();
      await Promise.all(nodes.map((node) => node.stop()));
      await smtp.stop();
      await storage.drop();
    },
  };
}

async function provideStorage(options: InstallationOptions) {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : null;
  const keyStore = options.keyStoreUrl === undefined ? await createEmptyDatabase() : null;
  const redis = options.redisUrl === undefined ? await startRedis() : null;
  return {
    databaseUrl: options.databaseUrl ?? database?.url ?? '',
    keyStoreUrl: options.keyStoreUrl ?? keyStore?.url ?? '',
    redisUrl: options.redisUrl ?? redis?.url ?? '',
    drop: async () => {
      await redis?.stop();
      await database?.drop();
      await keyStore?.drop();
    },
  };
}

function recordResponders(send: typeof fetch, nodes: Installation['nodes']) {
  const responders: ServerNode[] = [];
  return {
    fetch: (async (input, init) => {
      const response = await send(input, init);
      // After a failed try nginx lists both nodes; the last one responded.
      const address = response.headers.get('x-answered-by')?.split(', ').at(-1);
      const node = nodes.find(({ url }) => new URL(url).host === address);
      if (node !== undefined) responders.push(node);
      return response;
    }) satisfies typeof fetch,
    takeResponders: () => responders.splice(0),
  };
}
