import { randomBytes } from 'node:crypto';

import { findFreePort } from '../../src/dev/free-port.ts';
import { readCpu } from '../process-cpu.ts';
import { discoverEndpoints, type Subject, type SubjectOptions } from '../subject.ts';
import { seed } from './seed.ts';
import { startServerProcess } from './server-process.ts';
import { startStorage, type Storage } from './storage.ts';

/**
 * Starts our server in its fast set-up, PostgreSQL and Redis, as in production: https issuer, secure cookies, logs,
 * rate limits (set high), security headers.
 */
export async function startConsentry(options: SubjectOptions): Promise<Subject> {
  const storage = await startStorage();
  try {
    const port = await findFreePort();
    const environment = productionEnvironment(port, storage);
    const { databaseUrl } = storage;
    const { app, machine, accounts } = await seed({ ...options, environment, databaseUrl });
    const stub = ['--import', './bench/subjects/without-password-hash.ts'];
    const start = () =>
      startServerProcess({
        args: [...(options.hashesPasswords === true ? [] : stub), 'src/main.ts'],
        env: environment,
        readyUrl: `http://127.0.0.1:${String(port)}/health/ready`,
        profileFolder: options.profileFolder,
      });
    let server = await start();
    return {
      name: 'consentry',
      port,
      issuer: environment.ISSUER,
      endpoints: {
        ...(await discoverEndpoints(port)),
        verify: `${environment.ISSUER}/verify`,
      },
      app,
      machine,
      accounts,
      read: async () => {
        // The stores are measured first, because their probe waits for delayed statistics.
        const stores = await storage.read();
        const cpu = readCpu(server.pid);
        const { totalMs: serverMs, workerThreadsMs, largestRssMib: rssMib } = cpu;
        return { serverMs, workerThreadsMs, rssMib, ...stores };
      },
      restart: async () => {
        await server.stop();
        server = await start();
      },
      stop: async () => {
        await server.stop();
        await storage.stop();
      },
    };
  } catch (error) {
    await storage.stop();
    throw error;
  }
}

function productionEnvironment(
  port: number,
  { databaseUrl, keyStoreUrl, redisUrl }: Omit<Storage, 'read' | 'stop'>,
) {
  const secret = () => randomBytes(32).toString('base64');
  return {
    NODE_ENV: 'production',
    ISSUER: 'https://bench.example',
    HOST: '127.0.0.1',
    TRUSTED_PROXIES: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    KEY_STORE_URL: keyStoreUrl,
    REDIS_URL: redisUrl,
    MASTER_KEYS: `1:${secret()}`,
    BLIND_INDEX_KEY: secret(),
    COOKIE_KEYS: secret(),
    PAIRWISE_SALT: secret(),
    // No server listens there, so a sign-in that sends a mail causes an error in the log.
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'Consentry <no-reply@bench.example>',
    RATE_LIMIT_MULTIPLIER: '100000',
  };
}
