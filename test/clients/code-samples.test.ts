import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { codeSamples } from '../../src/clients/code-samples.ts';
import type { CreateClientInput } from '../../src/clients/index.ts';
import { eventually } from './open-services.ts';
import { createPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

describe('the code that developers copy', () => {
  let server: TestServer;
  let ownerAccountId: string;

  before(async () => {
    server = await startTestServer();
    ownerAccountId = (await createPerson(server.connected)).accountId;
  });
  after(() => server.stop());

  /** Runs a sample as it stands, plus one line that prints a result. */
  async function run(
    input: Omit<CreateClientInput, 'ownerAccountId' | 'name'>,
    id: 'sign_in' | 'service',
    print: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const created = await server.connected.clients.create({
      ...input,
      ownerAccountId,
      name: "O'Reilly's shop",
    });
    const catalogue = await server.connected.scopes.catalogue();
    const samples = codeSamples(created.client, { issuer: server.url, catalogue });
    const sample = samples.find((known) => known.id === id);
    const code = `${sample?.code ?? ''}\nconsole.log(${print});`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', code],
      {
        cwd: PROJECT,
        env: { ...process.env, CLIENT_SECRET: created.secret?.secret ?? '', ...environment },
      },
    );
    return stdout.trim();
  }

  for (const tokenEndpointAuthMethod of [
    'client_secret',
    'client_secret_basic',
    'client_secret_post',
  ] as const) {
    it(`gets a service its token with ${tokenEndpointAuthMethod}`, async () => {
      const input = { applicationType: 'machine', tokenEndpointAuthMethod } as const;
      expect(await run(input, 'service', 'tokens.access_token')).to.match(/^[\w-]{20,}$/);
    });
  }

  it('gets a service its token with a key, on http too', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const input = {
      applicationType: 'machine',
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }) }] },
    } as const;
    const PRIVATE_JWK = JSON.stringify(privateKey.export({ format: 'jwk' }));
    const token = await run(input, 'service', 'tokens.access_token', { PRIVATE_JWK });
    expect(token).to.match(/^[\w-]{20,}$/);
  });

  it('gets a service its token for the API that it registered', async () => {
    const { scopes } = server.connected;
    const words = { en: 'Jobs', ru: 'Задания' };
    const by = { actorId: ownerAccountId, title: words };
    const identifier = 'https://jobs.example/';
    await scopes.defineResourceServer({
      ...by,
      identifier,
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 300,
    });
    await scopes.defineScope({
      ...by,
      name: 'jobs:run',
      description: words,
      sensitivity: 'low',
      resource: identifier,
    });
    const isKnown = async () => (await scopes.catalogue()).byName.has('jobs:run');
    expect(await eventually(isKnown)).to.equal(true);
    const input = { applicationType: 'machine', scopes: ['jobs:run'] } as const;
    expect(await run(input, 'service', 'tokens.scope')).to.equal('jobs:run');
  });

  const redirectUris = ['http://127.0.0.1/callback'];
  for (const applicationType of ['web', 'single_page', 'native'] as const) {
    it(`sends people of a ${applicationType} app to a sign-in page that accepts them`, async () => {
      const scopes = ['openid', 'email', 'offline_access'];
      const url = await run({ applicationType, redirectUris, scopes }, 'sign_in', 'signInUrl.href');
      const answer = await fetch(url, { redirect: 'manual' });
      expect(answer.status).to.equal(303);
      const next = new URL(answer.headers.get('location') ?? '', server.url);
      expect(next.origin).to.equal(server.url);
    });
  }
});
