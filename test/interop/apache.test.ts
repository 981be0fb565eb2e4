import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import type { UnpackedProgram } from '../support/servers/unpacked-program.ts';
import type { AppProcess, AppRegistration, StartAppInput } from './app-process.ts';
import { type InteropScene, OFFLINE, openScene } from './scene.ts';
import { debianProgram } from './toolchains.ts';

const CALLBACK = '/secured/callback';
const INFO = `${CALLBACK}?info=json`;

describe('Pages behind mod_auth_openidc', function () {
  this.timeout(60_000);
  let scene: InteropScene;
  let apache: UnpackedProgram;
  let folder: string;

  before(async function () {
    this.timeout(600_000);
    apache = debianProgram({
      name: 'apache',
      packages: ['apache2-bin', 'libapache2-mod-auth-openidc'],
      file: 'usr/sbin/apache2',
      versionFlag: '-v',
    });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-apache-'));
    scene = await openScene();
  });
  after(async () => {
    await scene?.close();
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  const open = (
    directives: readonly string[] = [],
    input: Partial<StartAppInput> = {},
  ): Promise<AppProcess> =>
    scene.open({
      library: 'mod_auth_openidc',
      callbackPath: CALLBACK,
      ...input,
      program: (app) => ({
        command: apache.command,
        args: ['-X', '-f', writeConfiguration(app, directives)],
        env: { LD_LIBRARY_PATH: apache.libraries },
      }),
    });

  function writeConfiguration(app: AppRegistration, directives: readonly string[]): string {
    const root = path.join(folder, String(app.port));
    const pages = path.join(root, 'pages');
    fs.mkdirSync(path.join(pages, 'secured'), { recursive: true });
    fs.writeFileSync(path.join(pages, 'secured/index.html'), 'secured');
    fs.writeFileSync(path.join(pages, 'index.html'), 'signed out');
    const file = path.join(root, 'apache.conf');
    const modules = path.resolve(apache.command, '../../lib/apache2/modules');
    const names = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc'];
    const lines = [
      ...names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
      `ServerName localhost`,
      `ServerRoot ${root}`,
      `DefaultRuntimeDir ${root}`,
      `PidFile ${root}/apache.pid`,
      `ErrorLog "|$cat 1>&2"`,
      `Listen 127.0.0.1:${String(app.port)}`,
      `DocumentRoot ${pages}`,
      `DirectoryIndex index.html`,
      // The following lines are the quick start of the module.
      `OIDCProviderMetadataURL ${app.issuer}/.well-known/openid-configuration`,
      `OIDCClientID ${app.clientId}`,
      `OIDCClientSecret ${app.clientSecret}`,
      `OIDCRedirectURI ${app.url}${CALLBACK}`,
      `OIDCCryptoPassphrase a-long-random-passphrase`,
      `OIDCScope "openid email profile"`,
      `OIDCInfoHook userinfo access_token`,
      ...directives,
      `<Location /secured>`,
      `  AuthType openid-connect`,
      `  Require valid-user`,
      `</Location>`,
    ];
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  const userOf = async (app: AppProcess, shared: readonly string[]): Promise<unknown> => {
    const visitor = await scene.connect(app, shared, '/secured/');
    expect(visitor.page.text).to.equal('secured');
    return (await scene.readJson(app, visitor, INFO))['userinfo'];
  };

  it('accept ID tokens with any signature except EdDSA', async () => {
    const accepted = await scene.acceptedSignatures((registration) => open([], { registration }), {
      login: '/secured/',
      user: INFO,
    });
    expect(accepted).to.have.members(['RS256', 'ES256', 'PS256']);
  });

  it('are open to a person who shares name and e-mail', async () => {
    expect(await userOf(await open(), ['email', 'name'])).to.include({
      sub: scene.ana.accountId,
      email: scene.ana.email,
      name: 'Ana Example',
    });
  });

  it('are open to a person who refuses the e-mail', async () => {
    const user = await userOf(await open(), ['name']);
    expect(user).to.include({ sub: scene.ana.accountId, name: 'Ana Example' });
    expect(user).not.to.have.any.keys('email', 'email_verified');
  });

  it('refresh in six tabs at once', async () => {
    const directives = [`OIDCScope "openid email profile offline_access"`];
    const app = await open(directives, { registration: OFFLINE });
    const visitor = await scene.connect(app, ['name'], '/secured/');
    const tokenOf = async (): Promise<unknown> =>
      (await scene.readJson(app, visitor, INFO))['access_token'];
    const before = await tokenOf();
    await scene.refreshInAllTabs(app, visitor, `${INFO}&access_token_refresh_interval=0`);
    expect(await tokenOf())
      .to.be.a('string')
      .that.does.not.equal(before);
    await scene.refreshInAllTabs(app, visitor, '/secured/');
  });

  it('sign the person out after the session at the server has ended', async () => {
    const app = await open([], { signedOutPath: '/' });
    const visitor = await scene.connect(app, [], '/secured/');
    await scene.endSessionAtServer(visitor);
    const landing = encodeURIComponent(`${app.url}/`);
    await scene.signOutAtApp(app, visitor, { logout: `${CALLBACK}?logout=${landing}` });
  });
});
