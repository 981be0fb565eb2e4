import { randomBytes } from 'node:crypto';

import { findFreePort } from '../../src/dev/free-port.ts';
import { readCpu } from '../process-cpu.ts';
import { discoverEndpoints, type App, type Subject, type SubjectOptions } from '../subject.ts';
import { startServerProcess } from './server-process.ts';

/** Starts the bare library. Its accounts need no seeding: it accepts every name. */
export async function startBare(options: SubjectOptions): Promise<Subject> {
  const port = await findFreePort();
  const issuer = `http://127.0.0.1:${String(port)}`;
  const app: App = {
    clientId: 'bench-app',
    clientSecret: randomBytes(32).toString('base64url'),
    redirectUri: 'http://127.0.0.1:9/callback',
  };
  const machine = { clientId: 'bench-machine', clientSecret: app.clientSecret };
  const start = () =>
    startServerProcess({
      args: ['bench/bare-provider.ts'],
      env: {
        NODE_ENV: 'production',
        PORT: String(port),
        SIGNING_ALGORITHM: options.signingAlgorithm,
        CLIENT_ID: app.clientId,
        MACHINE_ID: machine.clientId,
        CLIENT_SECRET: app.clientSecret,
        REDIRECT_URI: app.redirectUri,
      },
      readyUrl: `${issuer}/.well-known/openid-configuration`,
      profileFolder: options.profileFolder,
    });
  let server = await start();
  return {
    name: 'bare',
    port,
    issuer,
    endpoints: await discoverEndpoints(port),
    app,
    machine,
    accounts: Array.from({ length: options.accounts }, (_, index) => ({
      identifier: `bench-${String(index)}@example.org`,
      password: 'the bare library does not look',
    })),
    read: async () => {
      const cpu = readCpu(server.pid);
      return {
        serverMs: cpu.totalMs,
        workerThreadsMs: cpu.workerThreadsMs,
        rssMib: cpu.largestRssMib,
        ...noStores,
      };
    },
    restart: async () => {
      await server.stop();
      server = await start();
    },
    stop: () => server.stop(),
  };
}

const noStores = { postgresMs: 0, redisMs: 0, commits: 0, redisCommands: 0 };
