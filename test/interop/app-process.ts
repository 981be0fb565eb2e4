import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { CreateClientInput } from '../../src/clients/index.ts';
import { findFreePort } from '../../src/dev/free-port.ts';
import { listens } from '../support/http/listens.ts';
import type { TestServer } from '../support/servers/server.ts';
import { appFile } from './toolchains.ts';

/** An app on a library that is not part of this project, as its own process. */
export interface AppProcess {
  readonly url: string;
  readonly clientId: string;
  /** The output of the process so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Where an app listens, and how it is registered at the server. */
export interface AppRegistration {
  readonly port: number;
  readonly url: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How the process of an app is started. */
export interface AppProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder of the test run. */
  readonly folder?: string;
  /** Maximum time until it listens. Default: ten seconds. */
  readonly startSeconds?: number;
}

export interface StartAppInput {
  readonly server: TestServer;
  readonly ownerAccountId: string;
  /** Name of the library; an app in JavaScript is the file of this name below `apps/`. */
  readonly library: string;
  /** Default: Node runs `apps/<library>.js`. */
  readonly program?: (registration: AppRegistration) => AppProgram | Promise<AppProgram>;
  /** Path of the redirect address. Default: `/callback`. */
  readonly callbackPath?: string;
  /** Registered settings beside type and redirect address. Default: none, so that the defaults of the server apply. */
  readonly registration?: Partial<CreateClientInput>;
  /** Path of the redirect after a sign-out. Default: not registered. */
  readonly signedOutPath?: string;
  /** Settings that the developer adds to the quick start; the app reads them from SETTINGS. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Registers the app with the real use case and starts it.
 * @throws Error with the output of the process when it does not listen.
 */
export async function startApp(input: StartAppInput): Promise<AppProcess> {
  const { server, ownerAccountId, library, registration = {} } = input;
  const port = await findFreePort();
  const url = `http://localhost:${String(port)}`;
  const { client, secret } = await server.connected.clients.create({
    ownerAccountId,
    applicationType: 'web',
    name: library,
    redirectUris: [`${url}${input.callbackPath ?? '/callback'}`],
    ...(input.signedOutPath !== undefined && {
      postLogoutRedirectUris: [`${url}${input.signedOutPath}`],
    }),
    ...registration,
  });
  const program = await (input.program ?? nodeProgram(input))({
    port,
    url,
    issuer: server.url,
    clientId: client.id,
    clientSecret: secret?.secret ?? '',
  });
  return { url, clientId: client.id, ...(await startProgram(program, port)) };
}

/** Environment that the apps below `apps/` read. */
export function appEnvironment(
  app: AppRegistration,
  settings: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  return {
    PORT: String(app.port),
    BASE_URL: app.url,
    ISSUER: app.issuer,
    CLIENT_ID: app.clientId,
    CLIENT_SECRET: app.clientSecret,
    SETTINGS: JSON.stringify(settings),
  };
}

function nodeProgram({ library, settings }: StartAppInput): (app: AppRegistration) => AppProgram {
  return (app) => ({
    command: process.execPath,
    args: [appFile(`${library}.js`)],
    env: appEnvironment(app, settings),
  });
}

async function startProgram(
  { command, args, env, folder, startSeconds }: AppProgram,
  port: number,
): Promise<Pick<AppProcess, 'output' | 'stop'>> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(folder !== undefined && { cwd: folder }),
    // A shell starts further processes: they form a group that stops together.
    detached: true,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const exited = once(child, 'exit');
  const isUp = await Promise.race([listens(port, startSeconds), exited.then(() => false)]);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      process.kill(-child.pid, 'SIGTERM');
    }
    await exited;
  };
  if (!isUp) {
    await stop();
    throw new Error(`${command} ${args.join(' ')} does not listen:\n${output}`);
  }
  return { output: () => output, stop };
}
