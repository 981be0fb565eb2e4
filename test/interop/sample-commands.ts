import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

import type { ApplicationType } from '../../src/clients/client.ts';
import type { StackId } from '../../src/clients/samples/stacks.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';
import {
  type Environment,
  readSample,
  removeSample,
  type SampleRunInput,
  writeSample,
} from './sample-program.ts';

type ServiceInput = Omit<SampleRunInput, 'shared'>;

/** Redirect addresses at which nothing listens: the test reads the code from the address. */
const REDIRECT_URIS = {
  web: 'https://shop.example/callback',
  single_page: 'https://shop.example/callback',
  native: 'http://127.0.0.1/callback',
} as const;

async function register(
  { scene, registration, environment }: ServiceInput,
  applicationType: ApplicationType,
): Promise<{ readonly clientId: string; readonly environment: Environment }> {
  const { client, secret } = await scene.server.connected.clients.create({
    ownerAccountId: scene.developer.accountId,
    name: applicationType,
    applicationType,
    redirectUris: applicationType === 'machine' ? [] : [REDIRECT_URIS[applicationType]],
    ...registration,
  });
  return {
    clientId: client.id,
    environment: { CLIENT_SECRET: secret?.secret ?? '', ...(await environment?.(client.id)) },
  };
}

async function runShell(
  commands: string,
  environment: Environment,
  folder?: string,
): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', commands], {
    env: { ...process.env, ...environment },
    ...(folder !== undefined && { cwd: folder }),
  });
  return stdout;
}

/** Runs the sample of a service with the commands of the page. @returns its output. */
export async function runService(stack: StackId, input: ServiceInput): Promise<string> {
  const { clientId, environment } = await register(input, 'machine');
  const sample = await writeSample(input, { stack, clientId });
  const all = { ...sample.environment, ...environment };
  const output = await runShell(sample.start, all, sample.folder);
  removeSample(sample);
  return output;
}

/** Runs the one command with which a service gets its token by hand. @returns how long the token is valid, in words. */
export async function runTokenByHand(input: ServiceInput): Promise<string> {
  const { clientId, environment } = await register(input, 'machine');
  const { commands } = await readSample(input.scene, clientId, 'curl');
  const answer = await runShell(commands('Get an access token'), environment);
  const { expires_in: seconds } = JSON.parse(answer) as Record<string, unknown>;
  return `Access token for ${String(seconds)} seconds`;
}

/** Runs the commands of the page one after another; Ana signs in between. */
export async function runByHand(
  applicationType: keyof typeof REDIRECT_URIS,
  input: SampleRunInput,
): Promise<Record<string, unknown>> {
  const { clientId, environment } = await register(input, applicationType);
  const { commands } = await readSample(input.scene, clientId, 'curl');
  const begin = `${commands('Send a person to sign in')}\necho "$CODE_VERIFIER"`;
  const [address = '', CODE_VERIFIER = ''] = (await runShell(begin, environment)).split('\n');
  const { page } = await signIn(input, address);
  const CODE = page.trail.at(-1)?.searchParams.get('code') ?? '';
  const exchange = commands('When the person returns with CODE, exchange it');
  const tokens = JSON.parse(
    await runShell(exchange, { ...environment, CODE, CODE_VERIFIER }),
  ) as Record<string, unknown>;
  const ACCESS_TOKEN = String(tokens['access_token']);
  const values = await runShell(commands('Read the details'), { ACCESS_TOKEN });
  return JSON.parse(values) as Record<string, unknown>;
}

/** Runs a program that listens on the loopback interface until the person comes back. */
export async function runNative(input: SampleRunInput): Promise<Record<string, unknown>> {
  const { clientId } = await register(input, 'native');
  const sample = await writeSample(input, { stack: 'openid-client', clientId });
  const child = spawn('bash', ['-ec', sample.start], {
    cwd: sample.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = child.stdout.setEncoding('utf8').iterator() as AsyncIterator<string>;
  let output = '';
  while (!/^http.*\n/m.test(output)) {
    const { value, done = false } = await lines.next();
    if (done) throw new Error(`the sample ended early: ${output}`);
    output += String(value);
  }
  await signIn(input, /^http.*$/m.exec(output)?.[0] ?? '');
  const { value } = await lines.next();
  await exited;
  removeSample(sample);
  return JSON.parse(String(value)) as Record<string, unknown>;
}

/** Ana signs in and decides. @returns the visitor where the app begins, or on its page. */
async function signIn({ scene, shared }: SampleRunInput, address: string): Promise<Visitor> {
  const stopAt = ({ hostname, port }: URL): boolean =>
    hostname === 'shop.example' || port === '8765';
  const visitor = createVisitor({ baseUrl: scene.server.url, stopAt });
  await visitor.get(address);
  await scene.decide(visitor, shared);
  return visitor;
}
