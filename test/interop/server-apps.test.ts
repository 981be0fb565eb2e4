import { expect } from 'chai';

import type { AppProcess, StartAppInput } from './app-process.ts';
import {
  type InteropScene,
  itReceivesSharedValues,
  OFFLINE,
  openScene,
  visitApp,
} from './scene.ts';

describe('apps with a server on stock libraries', function () {
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

    it('is refused while it sends the secret another way than the single one that was chosen', async () => {
      const registration = { tokenEndpointAuthMethod: 'client_secret_basic' } as const;
      const { page } = await scene.allow(
        await scene.open({ library: 'openid-client', registration }),
        [],
      );
      expect(page.status).to.equal(401);
    });

    itReceivesSharedValues(
      () => scene,
      () => scene.open({ library: 'openid-client' }),
    );

    it('refreshes in six tabs at once', async () => {
      const app = await scene.open({ library: 'openid-client', registration: OFFLINE });
      const visitor = await scene.connect(app, ['name']);
      await scene.refreshInAllTabs(app, visitor);
      await scene.refreshInAllTabs(app, visitor);
      expect(await scene.readJson(app, visitor)).to.include({ name: 'Ana Example' });
    });

    it('comes back from signing out after the session here is over', async () => {
      const app = await scene.open({
        library: 'openid-client',
        signedOutPath: '/',
      });
      const visitor = await scene.connect(app, []);
      await scene.endSessionHere(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });

  describe('express-openid-connect', () => {
    /** The basic settings ask for an implicit ID token; these are the ones for the code flow. */
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

    it('accepts ID tokens with RS256 only, until it is configured', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => openForCode({ registration }),
        { user: '/user' },
      );
      expect(accepted).to.deep.equal(['RS256']);
    });

    it('is refused with the reason while it asks for an implicit ID token', async () => {
      const app = await scene.open({ library: 'express-openid-connect' });
      const visitor = visitApp(app);
      await visitor.get('/login');
      const valueOf = (field: string): string | undefined =>
        visitor.page.document.querySelector(`input[name=${field}]`)?.getAttribute('value');
      expect(valueOf('error')).to.equal('unsupported_response_type');
      expect(valueOf('error_description')).to.equal('unsupported response_type requested');
    });

    itReceivesSharedValues(
      () => scene,
      () => openForCode(),
    );

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

    it('comes back from signing out after the session here is over', async () => {
      const app = await openForCode({ signedOutPath: '' });
      const visitor = await scene.connect(app, []);
      await scene.endSessionHere(visitor);
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

    it('is refused with the reason while it sends neither PKCE nor a nonce', async () => {
      const app = await scene.open({ library: 'passport-openidconnect' });
      const visitor = visitApp(app);
      await visitor.get('/login');
      expect(visitor.page.text).to.match(/nonce/);
    });

    it('signs the person in with what she shares', async () => {
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

    it('signs the person in who refuses the e-mail', async () => {
      const app = await scene.open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
      });
      const user = await scene.readJson(app, await scene.connect(app, ['name']));
      expect(user).to.include({ id: scene.ana.accountId, displayName: 'Ana Example' });
      expect(user).not.to.have.property('emails');
    });

    it('comes back from signing out after the session here is over', async () => {
      const app = await scene.open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
        signedOutPath: '/',
      });
      const visitor = await scene.connect(app, []);
      await scene.endSessionHere(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });
});
