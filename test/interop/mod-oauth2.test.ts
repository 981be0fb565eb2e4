import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import type { UnpackedProgram } from '../support/servers/unpacked-program.ts';
import { openApis, type InteropApis } from './api-scene.ts';
import type { AppProcess, AppRegistration } from './app-process.ts';
import { debianProgram } from './toolchains.ts';

describe('An API behind mod_oauth2', function () {
  this.timeout(60_000);
  let apis: InteropApis;
  let apache: UnpackedProgram;
  let folder: string;

  before(async function () {
    this.timeout(600_000);
    apache = debianProgram({
      name: 'apache-oauth2',
      packages: ['apache2-bin', 'libapache2-mod-oauth2'],
      file: 'usr/sbin/apache2',
      versionFlag: '-v',
    });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-mod-oauth2-'));
    apis = await openApis();
  });
  after(async () => {
    await apis?.close();
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  const open = (): Promise<AppProcess> =>
    apis.scene.open({
      library: 'mod_oauth2',
      registration: { applicationType: 'machine', redirectUris: [] },
      program: (app) => ({
        command: apache.command,
        args: ['-X', '-f', writeConfiguration(app)],
        env: { LD_LIBRARY_PATH: apache.libraries },
      }),
    });

  function writeConfiguration({ port, issuer, clientId, clientSecret }: AppRegistration): string {
    const pages = path.join(folder, 'pages');
    fs.mkdirSync(path.join(pages, 'orders'), { recursive: true });
    fs.writeFileSync(path.join(pages, 'orders/index.html'), 'orders');
    const modules = path.resolve(apache.command, '../../lib/apache2/modules');
    const server = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers'];
    const names = [...server, 'oauth2'];
    const options = [
      'introspect.auth=client_secret_basic',
      `client_id=${clientId}`,
      `client_secret=${clientSecret}`,
      // Without it the module caches a response for some minutes.
      'expiry=0',
    ];
    const lines = [
      ...names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
      `ServerName localhost`,
      `ServerRoot ${folder}`,
      `DefaultRuntimeDir ${folder}`,
      `PidFile ${folder}/apache.pid`,
      `ErrorLog "|$cat 1>&2"`,
      `Listen 127.0.0.1:${String(port)}`,
      `DocumentRoot ${pages}`,
      `DirectoryIndex index.html`,
      // The following lines are the quick start of the module.
      `OAuth2TokenVerify introspect ${issuer}/token/introspection ${options.join('&')}`,
      `<Location /orders>`,
      `  AuthType oauth2`,
      `  Require valid-user`,
      `  Header set X-Caller "expr=%{REMOTE_USER}"`,
      `</Location>`,
    ];
    const file = path.join(folder, 'apache.conf');
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  const call = (api: AppProcess, token: string): Promise<Response> =>
    fetch(`${api.url}/orders/`, { headers: { authorization: `Bearer ${token}` } });

  it('accepts opaque tokens and JWTs, and refuses both once the grant has ended', async () => {
    const api = await open();
    const tokens = [await apis.tokenFor('opaque'), await apis.tokenFor('jwt')];
    // The API may not introspect the tokens yet.
    expect((await call(api, tokens[0] ?? '')).status).to.equal(401);
    await apis.permitIntrospection(api);
    for (const token of tokens) {
      const answer = await call(api, token);
      expect(answer.status, api.output()).to.equal(200);
      expect(answer.headers.get('x-caller')).to.equal(apis.scene.ana.accountId);
      expect(await answer.text()).to.equal('orders');
    }
    await apis.endGrants();
    for (const token of tokens) expect((await call(api, token)).status).to.equal(401);
  });
});
