import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Connected } from '../../src/server/services.ts';
import { findFreePort } from '../../src/dev/free-port.ts';
import { childEnvironment } from '../support/servers/child-environment.ts';

const MAIN = fileURLToPath(new URL('../../examples/third-party-app/main.ts', import.meta.url));
const START_WAIT_MS = 15_000;

/** The demo app in a separate process, registered at a server under test. */
export interface BookshopProcess {
  readonly url: string;
  readonly clientId: string;
  stop(): Promise<void>;
}

/**
 * Registers the Bookshop with the requests of the demo, and starts it.
 * @throws Error with its output when it does not become ready.
 */
export async function startBookshop(
  server: { readonly url: string; readonly connected: Connected },
  ownerAccountId: string,
): Promise<BookshopProcess> {
  const port = await findFreePort();
  const url = `http://localhost:${String(port)}`;
  const { client, secret } = await server.connected.clients.create({
    ownerAccountId,
    applicationType: 'web',
    name: 'Bookshop',
    contact: 'help@bookshop.example',
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/`],
    scopes: ['openid', 'profile', 'email', 'phone', 'offline_access'],
    requests: REQUESTS,
  });
  const child = fork(MAIN, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: childEnvironment({
      PORT: String(port),
      ISSUER: server.url,
      CLIENT_ID: client.id,
      CLIENT_SECRET: secret?.secret ?? '',
    }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
  };
  const deadline = performance.now() + START_WAIT_MS;
  while (!(await isReady(url))) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`The Bookshop did not become ready:\n${output}`);
    }
    await pause(50);
  }
  return { url, clientId: client.id, stop };
}

const REQUESTS = (
  [
    ['name', 'essential', 'To greet you and print it on your orders'],
    ['email', 'voluntary', 'Order confirmations'],
    ['birthdate', 'voluntary', 'A present on your birthday'],
  ] as const
).map(([claim, necessity, en]) => ({
  claim,
  necessity,
  purpose: { en },
  longestDuration: 'until_withdrawn' as const,
}));

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
