import tls from 'node:tls';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import { waitFor } from '../../support/wait-for.ts';
import {
  createPerson,
  PASSWORD,
  signIn,
  visitorAt,
  type TestPerson,
} from '../../support/people/people.ts';
import { arriving, photo } from '../../support/people/pictures.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { collectSecrets, type SecretCollector } from './collect-secrets.ts';
import { startInstallation, type Installation } from './installation.ts';

const SCOPE = 'openid profile email offline_access';

/** Words in addresses and responses that look like secrets. */
const WORDS = new Set([
  'authorization_code',
  'client_secret_basic',
  'openid-configuration',
  'oauth-authorization-server',
  'temporarily_unavailable',
]);

describe('The logs of nginx and of two nodes', function () {
  this.timeout(180_000);
  let installation: Installation;
  let collector: SecretCollector;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let picture: string;
  const paths: string[] = [];

  before(async () => {
    installation = await startInstallation({ env: { LOG_LEVEL: 'debug', ACCESS_LOG: 'true' } });
    const { connected, url } = installation;
    ana = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
    const content = arriving(await photo('red'));
    picture = (await connected.vault.avatars.add({ accountId: ana.accountId, content })).id;
    const isPublic = (value: string): boolean =>
      WORDS.has(value) || value === app?.clientId || url.includes(value);
    collector = collectSecrets(installation.fetch, isPublic);
    app = await registerThirdPartyApp({ url, connected }, ana.accountId, {
      fetch: collector.fetch,
    });
    collector.add(app.clientSecret);
    collector.add(PASSWORD);
  });
  after(() => installation.stop());

  const newVisitor = () => visitorAt(installation.url, { fetch: collector.fetch });
  const logs = (): string =>
    [installation.nginx.logs(), ...installation.nodes.map((node) => node.output())].join('\n');
  const findings = (): string[] => {
    const text = logs();
    return [...collector.secrets]
      .filter(([secret]) => text.includes(secret))
      .map(([secret, place]) => `${place}: ${secret}`);
  };

  /** Runs every flow that issues a bearer value. */
  async function runEveryFlow(): Promise<void> {
    const visitor = newVisitor();
    const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
    paths.push(visitor.page.url.href);
    await signIn(visitor, ana);
    await visitor.submitForm('button[value=allow]', { 'claim.picture': picture });
    const tokens = await attempt.finish();
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    paths.push(String(userinfo.picture));
    await collector.fetch(String(userinfo.picture));
    await oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '');
    await oauth.tokenIntrospection(app.config, tokens.access_token);
    await oauth.tokenRevocation(app.config, tokens.access_token);
    await visitor.get(`${installation.url}/account/sessions`);
    await visitor.get(`/account/apps/${app.clientId}/end`);
    await visitor.submitForm('form[action$="/end"]');
    await register();
  }

  async function register(): Promise<void> {
    const visitor = newVisitor();
    const page = await visitor.get('/account');
    const uid = /\/interaction\/([^/?]+)/.exec(page.url.pathname)?.[1] ?? '';
    await visitor.get(`/interaction/${uid}/register`);
    const email = 'newcomer@example.org';
    const form = { email, name: 'Newcomer', password: PASSWORD };
    await visitor.submitForm('form[action$="/register"]', form);
    const mail = await installation.smtp.waitFor(({ to }) => to === email);
    const link = /https:\S+\/confirm\/\S+/.exec(mail.text)?.[0] ?? '';
    paths.push(link);
    // The rest of the link is the id of the sign-in.
    collector.add(/\/confirm\/([^.]+)/.exec(link)?.[1] ?? '');
    await visitor.get(link);
    await visitor.submitForm('form[action$="/link"]');
    await visitor.get(link);
  }

  /** Sends addresses with secrets in every way that makes nginx or a node log an error. */
  async function causeErrors(): Promise<void> {
    for (const path of paths) {
      const headers = { referer: `${path}?code=${[...collector.secrets.keys()][0] ?? ''}` };
      for (const method of ['GET', 'POST', 'PUT'])
        await collector.fetch(`${path}?token=${'q'.repeat(20)}`, { method, headers });
      await collector.fetch(path, { method: 'POST', body: 'x'.repeat(1_100_000), headers });
      await sendRaw(`GET ${path}?${'long'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await sendRaw(`GET ${path} HTTP/9.9\r\nHost: localhost\r\n\r\n`);
      await sendRaw(`G{T ${path} HTTP/1.1\r\nHost: localhost\r\nReferer: ${path}\r\n\r\n`);
      await sendRaw(`GET ${path} HTTP/1.1\r\nCookie: a=${path}\r\n\r\n`);
    }
  }

  /** Sends bytes that no HTTP client would send. */
  async function sendRaw(text: string): Promise<void> {
    const { port } = new URL(installation.url);
    const socket = tls.connect({
      host: '127.0.0.1',
      port: Number(port),
      ca: installation.nginx.certificate,
      servername: 'localhost',
    });
    socket.on('error', () => undefined);
    socket.end(text);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }

  it('contain no bearer value after all flows, outages and malformed requests', async () => {
    await runEveryFlow();
    const places = new Set(
      [...collector.secrets.values()].map((place) => place.split(': ').at(-1)),
    );
    expect([...places]).to.include.members(
      'path code cookie access_token refresh_token id_token code_verifier state nonce _csrf picture'.split(
        ' ',
      ),
    );
    expect(paths.map((path) => new URL(path).pathname.split('/')[1])).to.deep.equal([
      'interaction',
      'pictures',
      'confirm',
    ]);
    await causeErrors();
    await installation.nodes[0].kill();
    await causeErrors();
    await installation.nodes[1].kill();
    await causeErrors();
    await waitFor('the last requests in the log', () => logs().includes(' PUT /confirm 503 '));
    expect(collector.secrets.size).to.be.above(40);
    expect(logs()).to.include('"route":"/confirm/{link}"');
    expect(findings()).to.deep.equal([]);
  });
});
