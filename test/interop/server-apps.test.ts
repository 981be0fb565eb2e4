import { expect } from 'chai';

import type { AppProcess, StartAppInput } from './app-process.ts';
import { type InteropScene, OFFLINE, openScene, visitApp } from './scene.ts';

// `code-samples.test.ts` signs people in with openid-client and express-openid-connect.
describe('Server apps with stock libraries', function () {
  this.timeout(60_000);
  let scene: InteropScene;

  before(async () => {
    scene = await openScene();
  });
  after(() => scene?.close());

  describe('openid-client', () => {
    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => scene.open({ library: 'openid-client', registration }),
        { user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('is refused when it sends its secret by another method than the registered one', async () => {
      const registration = { tokenEndpointAuthMethod: 'client_secret_basic' } as const;
      const { page } = await scene.allow(
        await scene.open({ library: 'openid-client', registration }),
        [],
      );
      expect(page.status).to.equal(401);
    });

    it('refreshes in six tabs at once', async () => {
      const app = await scene.open({ library: 'openid-client', registration: OFFLINE });
      const visitor = await scene.connect(app, ['name']);
      await scene.refreshInAllTabs(app, visitor);
      await scene.refreshInAllTabs(app, visitor);
      expect(await scene.readJson(app, visitor)).to.include({ name: 'Ana Example' });
    });

    it('signs the person out after the session at the server has ended', async () => {
      const app = await scene.open({
        library: 'openid-client',
        signedOutPath: '/',
      });
      const visitor = await scene.connect(app, []);
      await scene.endSessionAtServer(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });

  describe('express-openid-connect', () => {
    /** Starts the app with settings for the code flow; the default requests an implicit ID token. */
    async function openForCode(
      input: Partial<StartAppInput> = {},
      scope = 'openid profile email',
    ): Promise<AppProcess> {
      const authorizationParams = { response_type: 'code', scope };
      return scene.open({
        library: 'express-openid-connect',
        settings: { authorizationParams },
        ...input,
      });
    }

    it('accepts ID tokens with RS256 only by default', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => openForCode({ registration }),
        { user: '/user' },
      );
      expect(accepted).to.deep.equal(['RS256']);
    });

    it('is refused with the reason when it requests an implicit ID token', async () => {
      const app = await scene.open({ library: 'express-openid-connect' });
      const visitor = visitApp(app);
      await visitor.get('/login');
      const valueOf = (field: string): string | undefined =>
        visitor.page.document.querySelector(`input[name=${field}]`)?.getAttribute('value');
      expect(valueOf('error')).to.equal('unsupported_response_type');
      expect(valueOf('error_description')).to.equal('unsupported response_type requested');
    });

    it('refreshes in six tabs at once', async () => {
      const app = await openForCode(
        { registration: OFFLINE },
        'openid profile email offline_access',
      );
      const visitor = await scene.connect(app, ['name']);
      await scene.refreshInAllTabs(app, visitor);
      await scene.refreshInAllTabs(app, visitor);
      expect(await scene.readJson(app, visitor)).to.include({ name: 'Ana Example' });
    });

    it('signs the person out after the session at the server has ended', async () => {
      const app = await openForCode({ signedOutPath: '' });
      const visitor = await scene.connect(app, []);
      await scene.endSessionAtServer(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });

  describe('passport-openidconnect', () => {
    const SETTINGS = { nonce: true, scope: ['profile', 'email'], skipUserProfile: false };

    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) =>
          scene.open({ library: 'passport-openidconnect', settings: SETTINGS, registration }),
        { user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('is refused with the reason when it sends neither PKCE nor a nonce', async () => {
      const app = await scene.open({ library: 'passport-openidconnect' });
      const visitor = visitApp(app);
      await visitor.get('/login');
      expect(visitor.page.text).to.match(/nonce/);
    });

    it('signs the person in with the shared values', async () => {
      const app = await scene.open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
      });
      const user = await scene.readJson(app, await scene.connect(app, ['email', 'name']));
      expect(user).to.deep.include({
        id: scene.ana.accountId,
        displayName: 'Ana Example',
        emails: [{ value: scene.ana.email }],
      });
    });

    it('signs in a person who refuses the e-mail', async () => {
      const app = await scene.open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
      });
      const user = await scene.readJson(app, await scene.connect(app, ['name']));
      expect(user).to.include({ id: scene.ana.accountId, displayName: 'Ana Example' });
      expect(user).not.to.have.property('emails');
    });

    it('signs the person out after the session at the server has ended', async () => {
      const app = await scene.open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
        signedOutPath: '/',
      });
      const visitor = await scene.connect(app, []);
      await scene.endSessionAtServer(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });
});
