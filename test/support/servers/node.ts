import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { findFreePort } from '../../../src/dev/free-port.ts';
import { TEST_ENVIRONMENT } from '../config.ts';
import { childEnvironment } from './child-environment.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

export interface NodeOptions {
  readonly databaseUrl: string;
  /** Default: no Redis. */
  readonly redisUrl?: string;
  /** Nodes of one installation share their issuer. Default: the address of the node. */
  readonly issuer?: string;
  readonly port?: number;
  /** Further settings, as environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One server process. */
export interface ServerNode {
  /** The address of this node. */
  readonly url: string;
  readonly issuer: string;
  readonly pid: number;
  /** The output of the process so far. */
  output(): string;
  /** Sends SIGTERM as an orchestrator does. @returns the exit code. Later calls do nothing. */
  stop(): Promise<number | null>;
  /** Sends SIGKILL, as in a power cut. */
  kill(): Promise<void>;
}

const START_WAIT_MS = 60_000;

/** Starts `src/main.ts` in a separate process, for tests of several nodes on one database. */
export async function startNode(options: NodeOptions): Promise<ServerNode> {
  const port = options.port ?? (await findFreePort());
  const issuer = options.issuer ?? `http://localhost:${String(port)}`;
  const child = fork(MAIN, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: childEnvironment({
      ...TEST_ENVIRONMENT,
      PORT: String(port),
      ISSUER: issuer,
      DATABASE_URL: options.databaseUrl,
      ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      ...options.env,
    }),
  });
  const output = collectOutput(child);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  await untilListening(child, exited, output);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await exited)[0];
  };
  return {
    url: `http://127.0.0.1:${String(port)}`,
    issuer,
    pid: child.pid ?? 0,
    output,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

async function untilListening(
  child: ChildProcess,
  exited: Promise<[number | null]>,
  output: () => string,
): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), START_WAIT_MS);
  const listening = once(child, 'message');
  const isUp = await Promise.race([listening.then(() => true), exited.then(() => false)]);
  clearTimeout(timer);
  if (!isUp) throw new Error(`The server process ended before it listened:\n${output()}`);
}
