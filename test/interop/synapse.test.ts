import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import type { AppProcess, AppRegistration } from './app-process.ts';
import { type InteropScene, openScene } from './scene.ts';
import { pythonPackages } from './toolchains.ts';

const CALLBACK = '/_synapse/client/oidc/callback';
const LOGIN = '/_matrix/client/v3/login';
/** A Matrix client, the target of the redirect of Synapse. */
const MATRIX_CLIENT = 'http://localhost:9/';

describe('A Matrix server with Synapse', function () {
  this.timeout(90_000);
  let scene: InteropScene;
  let packages: string;
  let folder: string;

  before(async function () {
    this.timeout(600_000);
    packages = pythonPackages('synapse-requirements.txt');
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-synapse-'));
    scene = await openScene({ nickname: ['ana.lind'] });
  });
  after(async () => {
    await scene?.close();
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  const open = (): Promise<AppProcess> =>
    scene.open({
      library: 'Synapse',
      callbackPath: CALLBACK,
      registration: { claimsInIdToken: true },
      program: (app) => ({
        command: 'python3',
        args: ['-m', 'synapse.app.homeserver', '-c', writeConfiguration(app)],
        env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
        startSeconds: 60,
      }),
    });

  function writeConfiguration(app: AppRegistration): string {
    const data = path.join(folder, String(app.port));
    fs.mkdirSync(data);
    const file = path.join(data, 'homeserver.yaml');
    const template = (name: string): string => `{{ user.${name} }}`;
    fs.writeFileSync(path.join(data, 'signing.key'), `ed25519 a_test ${'A'.repeat(43)}\n`);
    // JSON is YAML.
    const configuration = {
      server_name: 'localhost',
      public_baseurl: `${app.url}/`,
      pid_file: path.join(data, 'pid'),
      listeners: [
        {
          port: app.port,
          type: 'http',
          bind_addresses: ['127.0.0.1'],
          resources: [{ names: ['client'] }],
        },
      ],
      database: { name: 'sqlite3', args: { database: path.join(data, 'synapse.db') } },
      media_store_path: path.join(data, 'media'),
      signing_key_path: path.join(data, 'signing.key'),
      macaroon_secret_key: 'a-long-random-text',
      form_secret: 'another-long-random-text',
      report_stats: false,
      trusted_key_servers: [],
      // The following lines are the example of its guide.
      oidc_providers: [
        {
          idp_id: 'consentry',
          idp_name: 'Consentry',
          issuer: app.issuer,
          client_id: app.clientId,
          client_secret: app.clientSecret,
          scopes: ['openid', 'profile', 'email'],
          user_mapping_provider: {
            config: {
              localpart_template: template('nickname'),
              display_name_template: template('name'),
              email_template: template('email'),
            },
          },
        },
      ],
    };
    fs.writeFileSync(file, JSON.stringify(configuration));
    return file;
  }

  const ssoPath = `${LOGIN}/sso/redirect/oidc-consentry?redirectUrl=${encodeURIComponent(MATRIX_CLIENT)}`;

  /** Signs Ana in. @returns the account data that Synapse returns to her client. */
  async function accountOf(
    matrix: AppProcess,
    shared: readonly string[],
  ): Promise<Record<string, unknown>> {
    const visitor = await scene.connect(matrix, shared, ssoPath);
    const token = /loginToken=([\w-]+)/u.exec(visitor.page.body)?.[1];
    const { user_id: id, access_token: access } = await call(`${matrix.url}${LOGIN}`, {
      method: 'POST',
      body: JSON.stringify({ type: 'm.login.token', token }),
    });
    const headers = { authorization: `Bearer ${String(access)}` };
    const profile = await call(`${matrix.url}/_matrix/client/v3/profile/${String(id)}`, {
      headers,
    });
    const addresses = await call(`${matrix.url}/_matrix/client/v3/account/3pid`, { headers });
    return { id, name: profile['displayname'], addresses: addresses['threepids'] };
  }

  async function call(url: string, init: RequestInit): Promise<Record<string, unknown>> {
    const answer = await fetch(url, init);
    const body = await answer.text();
    expect(answer.status, body).to.equal(200);
    return JSON.parse(body) as Record<string, unknown>;
  }

  it('creates an account with the shared values', async () => {
    const account = await accountOf(await open(), ['nickname', 'name', 'email']);
    expect(account).to.deep.include({ id: '@ana.lind:localhost', name: 'Ana Example' });
    expect(account['addresses']).to.have.nested.property('[0].address', scene.ana.email);
  });

  it('creates an account when the person refuses the e-mail', async () => {
    expect(await accountOf(await open(), ['nickname', 'name'])).to.deep.equal({
      id: '@ana.lind:localhost',
      name: 'Ana Example',
      addresses: [],
    });
  });

  it('creates no account when the person refuses the nickname', async () => {
    const visitor = await scene.allow(await open(), [], ssoPath);
    expect(visitor.page.status).to.equal(400);
    expect(visitor.page.text).to.include('mapping_error');
  });
});
