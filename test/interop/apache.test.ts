import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import type { CreateClientInput } from '../../src/clients/index.ts';
import type { UnpackedProgram } from '../support/servers/unpacked-program.ts';
import { apacheProgram, apacheWithOpenidc } from './apache-program.ts';
import type { AppProcess, StartAppInput } from './app-process.ts';
import { readSample } from './sample-program.ts';
import { type InteropScene, OFFLINE, openScene } from './scene.ts';

const CALLBACK = '/secured/callback';
const INFO = `${CALLBACK}?info=json`;

describe('Pages behind mod_auth_openidc', function () {
  this.timeout(60_000);
  let scene: InteropScene;
  let apache: UnpackedProgram;
  let folder: string;

  before(async function () {
    this.timeout(600_000);
    apache = apacheWithOpenidc();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-apache-'));
    scene = await openScene();
  });
  after(async () => {
    await scene?.close();
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  const open = (input: Partial<StartAppInput> = {}): Promise<AppProcess> =>
    scene.open({
      library: 'mod_auth_openidc',
      callbackPath: CALLBACK,
      ...input,
      program: async ({ port, clientId, clientSecret }) => {
        const { files } = await readSample(scene, clientId, 'mod-auth-openidc');
        const [sample = ''] = files.values();
        return apacheProgram(apache, {
          folder: path.join(folder, String(port)),
          port,
          clientSecret,
          sample,
          directives: ['OIDCInfoHook userinfo access_token'],
        });
      },
    });

  const userOf = async (app: AppProcess, shared: readonly string[]): Promise<unknown> => {
    const visitor = await scene.connect(app, shared, '/secured/');
    expect(visitor.page.text).to.equal('secured');
    return (await scene.readJson(app, visitor, INFO))['userinfo'];
  };

  it('accept ID tokens with any signature except EdDSA', async () => {
    // The page has no sample for EdDSA, so the signature changes afterwards.
    const openWith = async ({
      idTokenSignedResponseAlg = 'RS256',
    }: Partial<CreateClientInput>): Promise<AppProcess> => {
      const app = await open();
      await scene.server.connected.clients.change({
        clientId: app.clientId,
        manager: { accountId: scene.developer.accountId, isAdministrator: false },
        changes: { idTokenSignedResponseAlg },
      });
      return app;
    };
    const accepted = await scene.acceptedSignatures(openWith, {
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
    const app = await open({ registration: OFFLINE });
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
    const app = await open({ signedOutPath: '/' });
    const visitor = await scene.connect(app, [], '/secured/');
    await scene.endSessionAtServer(visitor);
    const landing = encodeURIComponent(`${app.url}/`);
    await scene.signOutAtApp(app, visitor, { logout: `${CALLBACK}?logout=${landing}` });
  });
});
