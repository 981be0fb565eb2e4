import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { findFreePort } from '../../src/dev/free-port.ts';
import { readCpu } from '../process-cpu.ts';
import {
  discoverEndpoints,
  type Credentials,
  type Subject,
  type SubjectOptions,
} from '../subject.ts';
import { startServerProcess } from './server-process.ts';
import { startStorage } from './storage.ts';

const SERVER = 'bench/better-auth-server.js';
const BASE = '/api/auth';

/** Starts better-auth with its OAuth provider, on a PostgreSQL of its own; the password hash is taken out. */
export async function startBetterAuth(options: SubjectOptions): Promise<Subject> {
  const storage = await startStorage('peer');
  try {
    const port = await findFreePort();
    const origin = `http://127.0.0.1:${String(port)}`;
    const env = {
      NODE_ENV: 'production',
      PORT: String(port),
      // Empty: the other database of this server has the tables of ours.
      DATABASE_URL: storage.keyStoreUrl,
      SIGNING_ALGORITHM: options.signingAlgorithm,
      ACCOUNTS: String(options.accounts),
    };
    const { stdout } = await promisify(execFile)(process.execPath, [SERVER, '--seed'], { env });
    const { app, machine } = JSON.parse(stdout) as Record<'app' | 'machine', Credentials>;
    const start = () =>
      startServerProcess({
        args: [SERVER],
        env,
        readyUrl: `${origin}${BASE}/.well-known/openid-configuration`,
        profileFolder: options.profileFolder,
      });
    let server = await start();
    return {
      name: 'better-auth',
      port,
      issuer: `${origin}${BASE}`,
      endpoints: await discoverEndpoints(port, BASE),
      app: { ...app, redirectUri: 'https://app.example/callback' },
      machine,
      accounts: Array.from({ length: options.accounts }, (_, index) => ({
        identifier: `bench-${String(index)}@example.org`,
        password: 'the peer does not hash it',
      })),
      read: async () => {
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
