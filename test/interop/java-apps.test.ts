import { expect } from 'chai';

import { appEnvironment, type AppProcess, type StartAppInput } from './app-process.ts';
import { type InteropScene, openScene } from './scene.ts';
import { mavenJar } from './toolchains.ts';

describe('Apps in Java', function () {
  this.timeout(120_000);
  let scene: InteropScene;
  let jar: string;

  before(async function () {
    this.timeout(600_000);
    jar = mavenJar('spring');
    scene = await openScene();
  });
  after(() => scene?.close());

  describe('Spring Boot 4 with the OAuth 2 client of Spring Security', () => {
    const START = '/user';

    const open = (input: Partial<StartAppInput> = {}): Promise<AppProcess> =>
      scene.open({
        library: 'spring',
        callbackPath: '/login/oauth2/code/consentry',
        ...input,
        program: (app) => ({
          command: 'java',
          args: ['-XX:TieredStopAtLevel=1', '-jar', jar],
          env: appEnvironment(app),
          startSeconds: 60,
        }),
      });

    it('accepts ID tokens with RS256 only by default', async () => {
      const accepted = await scene.acceptedSignatures((registration) => open({ registration }), {
        login: START,
        user: '/user',
      });
      expect(accepted).to.deep.equal(['RS256']);
    });

    it('signs the person in with the shared values', async () => {
      const app = await open();
      const visitor = await scene.connect(app, ['email', 'name'], START);
      expect(await scene.readJson(app, visitor)).to.include({
        sub: scene.ana.accountId,
        email: scene.ana.email,
        name: 'Ana Example',
      });
    });

    it('signs in a person who refuses the e-mail, and out after the session at the server has ended', async () => {
      const app = await open({ signedOutPath: '/signed-out' });
      const visitor = await scene.connect(app, ['name'], START);
      const user = await scene.readJson(app, visitor);
      expect(user).to.include({ sub: scene.ana.accountId, name: 'Ana Example' });
      expect(user).not.to.have.any.keys('email', 'email_verified');
      await scene.endSessionAtServer(visitor);
      await visitor.get(`${app.url}/logout`);
      await visitor.submitForm('form[action$="/logout"]');
      expect(visitor.page.url.href).to.equal(`${app.url}/signed-out`);
      expect(visitor.page.text).to.equal('signed out');
    });
  });
});
