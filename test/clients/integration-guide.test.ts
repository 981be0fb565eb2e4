import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { runSignInSample } from './sample-program.ts';

/** The addresses of the guide: the demo server, the one of an installation, and the redirect address of the app. */
const DEMO = 'http://localhost:3000';
const INSTALLATION = 'https://id.example.org';
const CALLBACK = 'https://bookshop.example/callback';

interface Block {
  readonly language: string;
  readonly text: string;
}

describe('the samples of the integration guide', function () {
  this.timeout(60_000);
  const guide = readFileSync(new URL('../../docs/integration.md', import.meta.url), 'utf8');
  const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']) => ({ language, text }),
  );
  let server: TestServer;
  let ana: TestPerson;
  let app: { readonly clientId: string; readonly secret: string };

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Example'] } });
    app = await registerByGuide();
  });
  after(() => server.stop());

  /** The one block of a language that contains this text, with the address of this server. */
  function block(language: string, part: string): string {
    const found = blocks.filter(
      (known) => known.language === language && known.text.includes(part),
    );
    expect(found, part).to.have.length(1);
    return (found[0]?.text ?? '').replaceAll(DEMO, server.url).replaceAll(INSTALLATION, server.url);
  }

  async function registerByGuide(): Promise<{
    readonly clientId: string;
    readonly secret: string;
  }> {
    const console = await signedInVisitor(server.url, await createPerson(server.connected));
    const body: unknown = JSON.parse(block('json', '"applicationType"'));
    const answer = await callApi(console, 'POST', `${server.url}/api/v1/clients`, body);
    expect(answer.status).to.equal(201);
    const created = (await answer.json()) as {
      readonly client: { readonly clientId: string };
      readonly secret: { readonly secret: string };
    };
    return { clientId: created.client.clientId, secret: created.secret.secret };
  }

  /** Runs shell lines as they stand. @returns the standard output. */
  async function runShell(
    lines: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const env = {
      ...process.env,
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.secret,
      REDIRECT_URI: CALLBACK,
      ...environment,
    };
    const { stdout } = await promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', lines], {
      env,
    });
    return stdout;
  }

  const json = (text: string): Record<string, unknown> =>
    JSON.parse(text) as Record<string, unknown>;

  /** Ana signs in and shares everything that the form offers. @returns the address that she comes back to. */
  async function visitAsAna(url: string): Promise<URL> {
    const visitor = visitorAt(server.url, { stopAt: (next) => next.href.startsWith(CALLBACK) });
    await visitor.get(url);
    await signIn(visitor, ana);
    if (visitor.page.document.querySelector('button[value=allow]') !== null) {
      const shared = ['name', 'email'].map((claim) => [
        `claim.${claim}`,
        ana.attributeIds[claim]?.[0] ?? '',
      ]);
      await visitor.submitForm('button[value=allow]', Object.fromEntries(shared));
    }
    const back = visitor.page.trail.at(-1);
    expect(back?.href, visitor.page.text).to.match(/^https:\/\/bookshop\.example\/callback\?/);
    return back ?? new URL(CALLBACK);
  }

  it('find the endpoints', async () => {
    const text = await runShell(block('sh', '.well-known/openid-configuration'));
    expect(json(text)['issuer']).to.equal(server.url);
  });

  it('run from the authorization request to the revoked token', async () => {
    const begin = `${block('sh', 'code_challenge_method=S256')}\necho "$VERIFIER"`;
    const [address = '', VERIFIER = ''] = (
      await runShell(begin, { STATE: 'af0ifjsldkj', NONCE: 'n-0S6_WzA2Mj' })
    ).split('\n');
    const back = await visitAsAna(address);
    expect(back.searchParams.get('state')).to.equal('af0ifjsldkj');
    expect(back.searchParams.get('iss')).to.equal(server.url);
    const CODE = back.searchParams.get('code') ?? '';
    const exchange = block('sh', 'grant_type=authorization_code');
    const tokens = json(await runShell(exchange, { CODE, VERIFIER }));
    const ACCESS_TOKEN = String(tokens['access_token']);
    const userInfo = await runShell(block('sh', '/userinfo'), { ACCESS_TOKEN });
    expect(json(userInfo)).to.include({ name: 'Ana Example', email: ana.email });
    const REFRESH_TOKEN = String(tokens['refresh_token']);
    const renewed = await runShell(block('sh', 'grant_type=refresh_token'), { REFRESH_TOKEN });
    expect(json(renewed)['access_token']).to.be.a('string');
    const checks = block('sh', '/token/introspection');
    const values = { ACCESS_TOKEN, REFRESH_TOKEN };
    expect(json(await runShell(checks, values))).to.include({ active: true, sub: ana.accountId });
    // The second line of the block revoked the refresh token, and with it all that came from the sign-in.
    expect(json(await runShell(checks, values))).to.deep.equal({ active: false });
  });

  it('run as a program on openid-client', async () => {
    const [beginning = '', rest = ''] = block('js', 'oidc.discovery').split(
      '// The person has returned to `currentUrl`.\n',
    );
    expect(guide).to.include('{ execute: [oidc.allowInsecureRequests] }` as the last argument');
    const result = await runSignInSample(
      {
        // The guide has this for a server without TLS.
        begin: `const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env;\n${beginning.replace(
          'oidc.ClientSecretBasic(clientSecret),',
          'oidc.ClientSecretBasic(clientSecret), { execute: [oidc.allowInsecureRequests] },',
        )}`,
        address: 'url',
        finish: rest,
        result: '{ ...userInfo, renewed: renewed.access_token, signOut: signOutUrl.href }',
        environment: { CLIENT_ID: app.clientId, CLIENT_SECRET: app.secret },
      },
      visitAsAna,
    );
    expect(result).to.include({ sub: ana.accountId, name: 'Ana Example', email: ana.email });
    expect(result['renewed']).to.be.a('string');
    const stopAt = (next: URL): boolean => next.origin === new URL(CALLBACK).origin;
    const { trail } = await visitorAt(server.url, { stopAt }).get(String(result['signOut']));
    expect(trail.at(-1)?.href).to.equal('https://bookshop.example/');
  });

  it('for Spring Security is the code of the API that the interop tests start', () => {
    const folder = new URL('../interop/apps/spring-api/src/main/java/api/', import.meta.url);
    const source = readFileSync(new URL('Api.java', folder), 'utf8');
    const folded = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    expect(folded(source)).to.include(folded(block('java', 'createAtJwtValidator')));
  });

  it('are all run here, except the one for logout tokens, which test/logout-notices runs', () => {
    expect(blocks.map(({ language }) => language)).to.deep.equal([
      'json',
      'sh',
      'sh',
      'sh',
      'sh',
      'sh',
      'sh',
      'java',
      'js',
      'js',
    ]);
  });
});
