import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { CreateClientInput } from '../../src/clients/index.ts';
import { findFreePort } from '../../src/platform/free-port.ts';
import type { TestServer } from '../support/server.ts';

/** An app on a library that nobody here wrote, as its own process. */
export interface AppProcess {
  readonly url: string;
  readonly clientId: string;
  stop(): Promise<void>;
}

export interface StartAppInput {
  readonly server: TestServer;
  readonly ownerAccountId: string;
  /** A file of `apps/`, without its ending. */
  readonly library:
    'openid-client' | 'express-openid-connect' | 'passport-openidconnect' | 'oidc-client-ts';
  /** What the app says to us beyond its type and redirect address. Default: nothing, so all is our default. */
  readonly registration?: Partial<CreateClientInput>;
  /** Where people come back to after signing out, below the app's address; default: not registered. */
  readonly signedOutPath?: '' | '/';
  /** What the developer adds to the quick start; the app reads it from SETTINGS. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Registers the app with the real use case and starts it.
 * @throws Error with what it wrote when it ends before it listens.
 */
export async function startApp(input: StartAppInput): Promise<AppProcess> {
  const { server, ownerAccountId, library, registration = {}, settings = {} } = input;
  const port = await findFreePort();
  const url = `http://localhost:${String(port)}`;
  const { client, secret } = await server.connected.clients.create({
    ownerAccountId,
    applicationType: 'web',
    name: library,
    redirectUris: [`${url}/callback`],
    ...(input.signedOutPath !== undefined && {
      postLogoutRedirectUris: [`${url}${input.signedOutPath}`],
    }),
    ...registration,
  });
  const clientSecret = secret?.secret ?? '';
  const child = fork(fileURLToPath(new URL(`apps/${library}.js`, import.meta.url)), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      BASE_URL: url,
      ISSUER: server.url,
      CLIENT_ID: client.id,
      CLIENT_SECRET: clientSecret,
      SETTINGS: JSON.stringify(settings),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const exited = once(child, 'exit');
  const isUp = await Promise.race([
    once(child, 'message').then(() => true),
    exited.then(() => false),
  ]);
  if (!isUp) throw new Error(`${library} ended before it listened:\n${output}`);
  return {
    url,
    clientId: client.id,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}
