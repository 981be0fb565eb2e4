import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { importJWK, SignJWT } from 'jose';

import type { CreateClientInput } from '../../src/clients/index.ts';
import { defineJobsApi, JOBS_SCOPE } from '../interop/jobs-api.ts';
import { runByHand, runNative, runService, runTokenByHand } from '../interop/sample-commands.ts';
import type { Environment, SampleRunInput } from '../interop/sample-program.ts';
import { SAMPLE_RUNS, whileRunning } from '../interop/sample-runs.ts';
import { type InteropScene, openScene, visitApp } from '../interop/scene.ts';
import { openSample, shownStacks } from '../support/people/code-page.ts';
import { signIn } from '../support/people/people.ts';
import type { Visitor } from '../support/people/visitor.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const CALLBACK = 'https://shop.example/callback';

type Registration = Partial<CreateClientInput>;

/** The libraries of this project instead of fetched ones: a folder below it. */
const install = (): Promise<string> => Promise.resolve(path.join(PROJECT, '.cache/samples'));

// `test/interop/code-samples.test.ts` runs every stack. These need no other package than the project has.
describe('the code that developers copy', function () {
  this.timeout(60_000);
  let scene: InteropScene;
  let developer: Visitor;

  before(async () => {
    scene = await openScene();
    developer = await scene.atConsole();
    await defineJobsApi(scene.server.connected, scene.developer.accountId);
  });
  after(() => scene?.close());

  async function register(registration: Registration): Promise<string> {
    const { client } = await scene.server.connected.clients.create({
      ownerAccountId: scene.developer.accountId,
      name: "O'Reilly's shop",
      applicationType: 'web',
      redirectUris: registration.applicationType === 'machine' ? [] : [CALLBACK],
      ...registration,
    });
    return client.id;
  }

  const inputOf = (registration: Registration, environment?: SampleRunInput['environment']) => ({
    scene,
    registration,
    shared: ['email', 'name'],
    install,
    ...(environment !== undefined && { environment }),
  });

  /** The authentication methods with a secret or key, each with its environment variables. */
  function authentications(): readonly (readonly [Registration, Environment])[] {
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

  /** The variables with the assertion that a sample for curl expects from an app with a key (RFC 7523 §3). */
  const withAssertion =
    (variables: Environment) =>
    async (clientId: string): Promise<Environment> => {
      const { PRIVATE_JWK } = variables;
      if (PRIVATE_JWK === undefined) return variables;
      const jwt = new SignJWT({ jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(scene.server.url)
        .setIssuedAt()
        .setExpirationTime('1m');
      const key = await importJWK(JSON.parse(PRIVATE_JWK) as object, 'ES256');
      return { ...variables, SIGNED_JWT: await jwt.sign(key) };
    };

  for (const [method, variables] of authentications()) {
    const name = String(method.tokenEndpointAuthMethod);

    it(`gets the token of a service, also by hand (${name})`, async () => {
      const input = inputOf(method, withAssertion(variables));
      expect(await runService('openid-client', input)).to.match(/^Access token for \d+ seconds\n$/);
      expect(await runTokenByHand(input)).to.match(/^Access token for \d+ seconds$/);
    });

    it(`signs a person in to a web app, also by hand (${name})`, async () => {
      const input = inputOf(method, withAssertion(variables));
      const expected = { sub: scene.ana.accountId, email: scene.ana.email };
      expect(await SAMPLE_RUNS['openid-client'].web?.(input)).to.include(expected);
      expect(await runByHand('web', input)).to.include(expected);
    });
  }

  it('signs a person in to a native app, also by hand', async () => {
    const expected = { sub: scene.ana.accountId, email: scene.ana.email };
    expect(await runNative(inputOf({}))).to.include(expected);
    expect(await runByHand('native', inputOf({}))).to.include(expected);
  });

  it('signs a person in to an app in the browser, by hand', async () => {
    const values = await runByHand('single_page', inputOf({}));
    expect(values).to.include({ sub: scene.ana.accountId, email: scene.ana.email });
  });

  it('gets a token for the API whose permission the app registered, and the person from the ID token', async () => {
    const input = inputOf({ scopes: ['openid', JOBS_SCOPE] });
    await whileRunning(input, { stack: 'openid-client' }, async (app) => {
      const visitor = visitApp(app);
      await visitor.get('/login');
      await signIn(visitor, scene.ana);
      await visitor.submitForm('button[value=allow]', { [`scope.${JOBS_SCOPE}`]: 'allow' });
      const person = JSON.parse(visitor.page.body) as Record<string, unknown>;
      expect(person).to.include({ sub: scene.ana.accountId, aud: app.clientId });
      const { body } = await developer.get(`/developer/apps/${app.clientId}/code`);
      expect(body).to.include('the details can only be in the ID token');
    });
  });

  it('gets the token of a service for the API that it registered, also by hand', async () => {
    const input = inputOf({ scopes: [JOBS_SCOPE] });
    // The API accepts its tokens for 300 seconds; other tokens are valid for 900.
    expect(await runService('openid-client', input)).to.equal('Access token for 300 seconds\n');
    expect(await runTokenByHand(input)).to.equal('Access token for 300 seconds');
  });

  it('has a tab for each stack that can do the settings of the app', async () => {
    const withSecret = ['next-auth', 'authlib', 'go-oidc', 'express-openid-connect'];
    const web = ['openid-client', ...withSecret, 'curl'];
    const [key = {}] = authentications().at(-1) ?? [];
    const machine = ['openid-client', 'authlib', 'go-oidc', 'curl'];
    const rows: readonly (readonly [Registration, readonly string[]])[] = [
      [{}, [...web, 'spring-boot', 'mod-auth-openidc']],
      [{ idTokenSignedResponseAlg: 'EdDSA' }, web],
      [key, ['openid-client', 'curl']],
      [{ applicationType: 'single_page' }, ['oidc-client-ts', 'curl']],
      [
        { applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'] },
        ['openid-client', 'curl'],
      ],
      [{ applicationType: 'native', redirectUris: ['org.example.shop:/cb'] }, ['curl']],
      [{ applicationType: 'machine' }, machine],
    ];
    for (const [registration, expected] of rows) {
      const clientId = await register(registration);
      expect(await shownStacks(developer, clientId)).to.have.members(expected);
    }
  });

  it('shows the first stack for an unknown one', async () => {
    const clientId = await register({});
    const { document } = await developer.get(`/developer/apps/${clientId}/code?stack=cobol`);
    expect(document.querySelector('nav [aria-current=page][href*=stack]')?.text).to.equal(
      'Node.js',
    );
  });

  it('names the redirect address that a library expects while it is not registered', async () => {
    const expected = 'https://shop.example/api/auth/callback/consentry';
    const open = async (redirectUris: readonly string[]): Promise<string> => {
      const clientId = await register({ redirectUris });
      return (await developer.get(`/developer/apps/${clientId}/code?stack=next-auth`)).text;
    };
    expect(await open([CALLBACK])).to.include(`always returns to ${expected}`);
    expect(await open([CALLBACK, expected])).not.to.include('always returns to');
  });

  it('quotes an address with the signs of each language', async () => {
    const address = `https://shop.example/it's/$HOME`;
    const clientId = await register({ redirectUris: [address] });
    const javascript = await openSample(developer, { clientId, stack: 'openid-client' });
    expect(javascript.files.get('server.mjs')).to.include(
      String.raw`redirect_uri: 'https://shop.example/it\'s/$HOME',`,
    );
    const shell = await openSample(developer, { clientId, stack: 'curl' });
    expect(shell.commands('When the person returns with CODE, exchange it')).to.include(
      String.raw`'redirect_uri=https://shop.example/it'\''s/$HOME'`,
    );
  });
});
