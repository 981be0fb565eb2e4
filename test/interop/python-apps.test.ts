import { expect } from 'chai';

import { appEnvironment, type AppProcess, type StartAppInput } from './app-process.ts';
import {
  type InteropScene,
  itReceivesSharedValues,
  OFFLINE,
  openScene,
  visitApp,
} from './scene.ts';
import { appFile, pythonPackages } from './toolchains.ts';

describe('Apps in Python', function () {
  this.timeout(120_000);
  let scene: InteropScene;
  let packages: string;

  before(async function () {
    this.timeout(600_000);
    packages = pythonPackages('python-requirements.txt');
    scene = await openScene();
  });
  after(() => scene?.close());

  /** An app of `apps/` that contains only the quick start of its library. */
  const open = (
    library: string,
    { settings = {}, ...input }: Partial<StartAppInput> = {},
  ): Promise<AppProcess> =>
    scene.open({
      library,
      ...input,
      program: (app) => ({
        command: 'python3',
        args: [appFile(`${library}.py`)],
        env: {
          ...appEnvironment(app, settings),
          PYTHONPATH: packages,
          PYTHONDONTWRITEBYTECODE: '1',
          AUTHLIB_INSECURE_TRANSPORT: '1',
        },
        startSeconds: 60,
      }),
    });

  describe('Authlib on Flask', () => {
    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('authlib-flask', { registration }),
        { user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('refreshes in six tabs at once', async () => {
      const settings = { scope: 'openid profile email offline_access' };
      const app = await open('authlib-flask', { registration: OFFLINE, settings });
      const visitor = await scene.connect(app, ['name']);
      await scene.refreshInAllTabs(app, visitor);
      await scene.refreshInAllTabs(app, visitor);
      expect(await scene.readJson(app, visitor)).to.include({ name: 'Ana Example' });
    });

    it('signs the person out after the session at the server has ended', async () => {
      const app = await open('authlib-flask', { signedOutPath: '/' });
      const visitor = await scene.connect(app, []);
      await scene.endSessionAtServer(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });

  describe('idpyoidc on Flask', () => {
    itReceivesSharedValues(
      () => scene,
      () => open('idpyoidc-flask'),
    );

    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('idpyoidc-flask', { registration }),
        { user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });
  });

  describe('mozilla-django-oidc', () => {
    const callbackPath = '/oidc/callback/';
    const LOGIN = '/oidc/authenticate/';

    it('accepts ID tokens with RS256 only by default', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) =>
          open('mozilla-django-oidc', {
            callbackPath,
            settings: { OIDC_RP_SCOPES: 'openid email profile' },
            registration,
          }),
        { login: LOGIN, user: '/user' },
      );
      expect(accepted).to.deep.equal(['RS256']);
    });

    it('signs the person in with the shared values', async () => {
      const app = await open('mozilla-django-oidc', {
        callbackPath,
        registration: { scopes: ['openid', 'email', 'profile'] },
        settings: { OIDC_RP_SCOPES: 'openid email profile' },
      });
      const visitor = await scene.connect(app, ['email', 'name'], LOGIN);
      expect(await scene.readJson(app, visitor)).to.include({ email: scene.ana.email });
    });

    it('does not sign a person in without the e-mail, which identifies its users', async () => {
      const app = await open('mozilla-django-oidc', {
        callbackPath,
        settings: { OIDC_RP_SCOPES: 'openid email profile' },
      });
      const visitor = await scene.allow(app, ['name'], LOGIN);
      expect(visitor.page.text).to.equal('signed out');
    });
  });

  describe('python-social-auth on Django', () => {
    const callbackPath = '/auth/complete/oidc/';

    it('accepts ID tokens with RS256 only by default', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('social-auth-django', { callbackPath, registration }),
        { user: '/user' },
      );
      expect(accepted).to.deep.equal(['RS256']);
    });

    it('signs the person in with the shared values', async () => {
      const app = await open('social-auth-django', { callbackPath });
      const visitor = await scene.connect(app, ['email', 'name']);
      expect(await scene.readJson(app, visitor)).to.include({ email: scene.ana.email });
    });

    it('signs in a person who refuses the e-mail', async () => {
      const app = await open('social-auth-django', { callbackPath });
      const user = await scene.readJson(app, await scene.connect(app, ['name']));
      expect(user).to.include({ email: '' });
    });

    it('refreshes in six tabs at once', async () => {
      const app = await open('social-auth-django', {
        callbackPath,
        registration: OFFLINE,
        settings: { SOCIAL_AUTH_OIDC_SCOPE: ['openid', 'profile', 'email', 'offline_access'] },
      });
      const visitor = await scene.connect(app, ['name']);
      await scene.refreshInAllTabs(app, visitor);
      await scene.refreshInAllTabs(app, visitor);
    });
  });

  describe('django-allauth', () => {
    const callbackPath = '/accounts/oidc/consentry/login/callback/';
    const LOGIN = '/accounts/oidc/consentry/login/';
    /** By default it sends neither PKCE nor a nonce. */
    const settings = { oauth_pkce_enabled: true };

    it('is refused with the reason when it sends neither PKCE nor a nonce', async () => {
      const app = await open('django-allauth', { callbackPath });
      const visitor = visitApp(app);
      await visitor.get(LOGIN);
      const { url } = await visitor.submitForm('form');
      expect(url.searchParams.get('error_description')).to.match(/code_challenge.*or a nonce/);
    });

    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('django-allauth', { callbackPath, settings, registration }),
        { login: LOGIN, user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('signs the person in with the shared values', async () => {
      const app = await open('django-allauth', { callbackPath, settings });
      const visitor = await scene.connect(app, ['email', 'name'], LOGIN);
      expect(await scene.readJson(app, visitor)).to.include({ email: scene.ana.email });
    });

    it('signs in a person who refuses the e-mail', async () => {
      const app = await open('django-allauth', { callbackPath, settings });
      const visitor = await scene.connect(app, ['name'], LOGIN);
      expect(visitor.page.url.pathname, visitor.page.text).to.equal('/user');
    });
  });
});
