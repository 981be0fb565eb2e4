import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startTethered } from './tethered-process.ts';
import { PROJECT_FOLDER } from './project-folders.ts';

interface DemoAppOptions {
  readonly issuer: string;
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The Bookshop, in a process of its own. */
export interface DemoApp {
  readonly url: string;
  stop(): Promise<void>;
}

const FOLDER = path.join(PROJECT_FOLDER, 'examples/third-party-app');
const WAIT_MS = 10_000;

/**
 * Starts the Bookshop.
 * @returns null, with a line on standard error, when it does not start; the server runs without it.
 */
export async function startDemoApp(options: DemoAppOptions): Promise<DemoApp | null> {
  const app = startTethered({
    command: process.execPath,
    args: [path.join(FOLDER, 'main.ts')],
    cwd: FOLDER,
    env: {
      PATH: process.env['PATH'],
      PORT: String(options.port),
      ISSUER: options.issuer,
      CLIENT_ID: options.clientId,
      CLIENT_SECRET: options.clientSecret,
    },
    stopSignal: 'TERM',
  });
  const url = `http://localhost:${String(options.port)}`;
  const ended = app.exited.then(() => false);
  if (await Promise.race([answers(`http://127.0.0.1:${String(options.port)}`), ended]))
    return { url, stop: app.stop };
  await app.stop();
  const reason = app.errorOutput().split('\n').at(-1) ?? '';
  process.stderr.write(
    `The Bookshop did not start: ${reason === '' ? 'it did not answer' : reason}\n`,
  );
  return null;
}

async function answers(url: string): Promise<boolean> {
  const deadline = Date.now() + WAIT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(url, { redirect: 'manual' }).catch(() => null);
    await response?.body?.cancel();
    if (response !== null) return true;
    await sleep(50);
  }
  return false;
}
