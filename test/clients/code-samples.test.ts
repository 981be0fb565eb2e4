import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { importJWK, SignJWT } from 'jose';
import * as oauth from 'openid-client';

import { type CodeSample, codeSamples } from '../../src/clients/console/code-samples.ts';
import type { CreateClientInput, CreatedClient } from '../../src/clients/create-client.ts';
import { createPerson, signIn, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { createVisitor } from '../support/people/visitor.ts';
import { isTrueWithin } from '../support/wait-for.ts';
import { runSignInSample } from './sample-program.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const LOOPBACK = 'http://127.0.0.1/callback';
const API = 'https://jobs.example/';
const words = { en: 'Jobs', ru: 'Задания' };

type Registration = Omit<CreateClientInput, 'ownerAccountId' | 'name'>;
type Environment = Readonly<Record<string, string>>;

describe('the code that developers copy', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Example'] } });
    const { scopes } = server.connected;
    const by = { actorId: ana.accountId, title: words };
    await scopes.defineResourceServer({
      ...by,
      identifier: API,
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 300,
    });
    const scope = { ...by, name: 'jobs:run', description: words, resource: API };
    await scopes.defineScope({ ...scope, sensitivity: 'low' });
    const isKnown = async () => (await scopes.catalogue()).byName.has('jobs:run');
    expect(await isTrueWithin(isKnown)).to.equal(true);
  });
  after(() => server.stop());

  interface Registered extends CreatedClient {
    readonly environment: Environment;
    sample(id: CodeSample['id']): string;
  }

  async function register(input: Registration, environment: Environment = {}): Promise<Registered> {
    const created = await server.connected.clients.create({
      ...input,
      ownerAccountId: ana.accountId,
      name: "O'Reilly's shop",
    });
    const catalogue = await server.connected.scopes.catalogue();
    const samples = codeSamples(created.client, { issuer: server.url, catalogue });
    return {
      ...created,
      environment: { CLIENT_SECRET: created.secret?.secret ?? '', ...environment },
      sample: (id) => {
        const found = samples.find((known) => known.id === id);
        if (found === undefined) throw new Error(`the app has no sample ${id}`);
        return found.code;
      },
    };
  }

  /** Runs JavaScript as it stands, plus a line that prints a result. */
  async function runCode(app: Registered, code: string, print: string): Promise<string> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', `${code}\nconsole.log(${print});`],
      { cwd: PROJECT, env: { ...process.env, ...app.environment } },
    );
    return stdout.trim();
  }

  /** Runs shell lines as they stand. @returns the JSON that they print. */
  async function runShell(
    lines: string,
    environment: Environment,
  ): Promise<Record<string, unknown>> {
    const { stdout } = await promisify(execFile)(
      'bash',
      ['-ec', lines.replace('curl ', 'curl -sS ')],
      {
        env: { ...process.env, ...environment },
      },
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** The authentication methods with a secret or key, each with its environment variables. */
  function authentications(): readonly (readonly [Partial<Registration>, Environment])[] {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }) }] };
    const PRIVATE_JWK = JSON.stringify(privateKey.export({ format: 'jwk' }));
    return [
      [{ tokenEndpointAuthMethod: 'client_secret' }, {}],
      [{ tokenEndpointAuthMethod: 'client_secret_basic' }, {}],
      [{ tokenEndpointAuthMethod: 'client_secret_post' }, {}],
      [{ tokenEndpointAuthMethod: 'private_key_jwt', jwks }, { PRIVATE_JWK }],
    ];
  }

  /** The environment with the assertion that a sample for curl expects from an app with a key (RFC 7523 §3). */
  async function withAssertion({ client, environment }: Registered): Promise<Environment> {
    const { PRIVATE_JWK } = environment;
    if (PRIVATE_JWK === undefined) return environment;
    const jwt = new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(client.id)
      .setSubject(client.id)
      .setAudience(server.url)
      .setIssuedAt()
      .setExpirationTime('1m');
    const key = await importJWK(JSON.parse(PRIVATE_JWK) as object, 'ES256');
    return { ...environment, SIGNED_JWT: await jwt.sign(key) };
  }

  describe('of a service', () => {
    for (const [method, environment] of authentications()) {
      it(`gets its token with ${String(method.tokenEndpointAuthMethod)}, also by hand`, async () => {
        const app = await register({ applicationType: 'machine', ...method }, environment);
        const token = await runCode(app, app.sample('service'), 'tokens.access_token');
        expect(token).to.match(/^[\w-]{20,}$/);
        const answer = await runShell(app.sample('curl_service'), await withAssertion(app));
        expect(answer).to.include({ token_type: 'Bearer' });
      });
    }

    it('gets its token for the API that it registered, also by hand', async () => {
      const app = await register({ applicationType: 'machine', scopes: ['jobs:run'] });
      expect(await runCode(app, app.sample('service'), 'tokens.scope')).to.equal('jobs:run');
      const answer = await runShell(app.sample('curl_service'), app.environment);
      expect(answer).to.include({ scope: 'jobs:run' });
    });
  });

  /**
   * Runs the two samples of an app that people sign in to; Ana signs in between.
   * @returns the claims that the app received.
   */
  const signInWith = (app: Registered, choices: Environment): Promise<Record<string, unknown>> =>
    runSignInSample(
      {
        begin: app.sample('sign_in'),
        address: 'signInUrl',
        finish: app.sample('callback'),
        result: 'person',
        environment: app.environment,
      },
      (url) => visitAsAna(url, choices),
    );

  /** @returns the address at the app to which the answer leads. */
  async function visitAsAna(url: string, choices: Environment): Promise<URL> {
    const visitor = createVisitor({
      baseUrl: server.url,
      stopAt: (next) => next.origin !== server.url,
    });
    await visitor.get(url);
    await signIn(visitor, ana);
    await visitor.submitForm('button[value=allow]', choices);
    const back = visitor.page.trail.at(-1);
    if (back === undefined) throw new Error('the visitor did not come back');
    return back;
  }

  const redirectUris = [LOOPBACK];
  const people: readonly (readonly [string, Registration, Environment])[] = [
    ...authentications().map(
      ([method, environment]) =>
        [
          `web, ${String(method.tokenEndpointAuthMethod)}`,
          { applicationType: 'web', redirectUris, ...method },
          environment,
        ] as const,
    ),
    ['single_page', { applicationType: 'single_page', redirectUris }, {}],
    ['native', { applicationType: 'native', redirectUris }, {}],
  ];
  for (const [kind, registration, environment] of people) {
    it(`signs a person in and reads the values (${kind})`, async () => {
      const app = await register(registration, environment);
      const email = ana.attributeIds['email']?.[0] ?? '';
      const person = await signInWith(app, { 'claim.email': email });
      expect(person).to.include({ sub: ana.accountId, email: ana.email });
    });

    it(`exchanges a code by hand and reads the values (${kind})`, async () => {
      const app = await register(registration, environment);
      const email = ana.attributeIds['email']?.[0] ?? '';
      const { tokens, reading } = await exchangeByHand(app, {
        parameters: { scope: 'openid email' },
        choices: { 'claim.email': email },
      });
      const ACCESS_TOKEN = String(tokens['access_token']);
      expect(await runShell(reading ?? '', { ACCESS_TOKEN })).to.include({ email: ana.email });
    });
  }

  /**
   * Gets a code for an app and runs the first command of the sample with it.
   * @returns its output, and the second command.
   */
  async function exchangeByHand(
    app: Registered,
    { parameters, choices }: { readonly parameters: Environment; readonly choices: Environment },
  ): Promise<{ readonly tokens: Record<string, unknown>; readonly reading: string | undefined }> {
    const config = new oauth.Configuration(
      { issuer: server.url, authorization_endpoint: `${server.url}/auth` },
      app.client.id,
    );
    oauth.allowInsecureRequests(config);
    const CODE_VERIFIER = oauth.randomPKCECodeVerifier();
    const url = oauth.buildAuthorizationUrl(config, {
      redirect_uri: /redirect_uri=([^']+)/.exec(app.sample('curl_exchange'))?.[1] ?? '',
      code_challenge: await oauth.calculatePKCECodeChallenge(CODE_VERIFIER),
      code_challenge_method: 'S256',
      ...parameters,
    });
    const back = await visitAsAna(url.href, choices);
    const CODE = back.searchParams.get('code') ?? '';
    const [exchange = '', reading] = app.sample('curl_exchange').split('\n\n');
    const values = { ...(await withAssertion(app)), CODE, CODE_VERIFIER };
    return { tokens: await runShell(exchange, values), reading };
  }

  it('gets a token for the API whose permission the app registered, and the person from the ID token', async () => {
    const scopes = ['openid', 'jobs:run'];
    const app = await register({ applicationType: 'web', redirectUris, scopes });
    const person = await signInWith(app, { 'scope.jobs:run': 'allow' });
    expect(person).to.include({ sub: ana.accountId, aud: app.client.id });
    const again = await register({ applicationType: 'web', redirectUris, scopes });
    const { tokens, reading } = await exchangeByHand(again, {
      parameters: { scope: 'openid jobs:run', resource: API },
      choices: { 'scope.jobs:run': 'allow' },
    });
    expect(tokens).to.include({ scope: 'jobs:run' });
    expect(reading).to.equal(undefined);
  });

  it('names the version of the library that it is tested with', async () => {
    const app = await register({ applicationType: 'machine' });
    const [, major] = /^npm install openid-client@(\d+)$/.exec(app.sample('install')) ?? [];
    const { default: installed } = (await import('openid-client/package.json', {
      with: { type: 'json' },
    })) as { default: { version: string } };
    expect(installed.version.split('.')[0]).to.equal(major);
  });

  it('is of no other kind than those that run here', async () => {
    const shown = new Set<string>();
    for (const [, registration] of people) {
      const { client } = await register(registration);
      const catalogue = await server.connected.scopes.catalogue();
      for (const { id } of codeSamples(client, { issuer: server.url, catalogue })) shown.add(id);
    }
    expect([...shown]).to.have.members(['install', 'sign_in', 'callback', 'curl_exchange']);
  });
});
