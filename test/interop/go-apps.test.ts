import path from 'node:path';

import { expect } from 'chai';

import { signIn } from '../support/people/people.ts';
import { appEnvironment, type AppProcess, type StartAppInput } from './app-process.ts';
import { type InteropScene, OFFLINE, openScene, visitApp } from './scene.ts';
import { goProgram, goPrograms } from './toolchains.ts';

const OAUTH2_PROXY = 'github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.4';

describe('Apps in Go', function () {
  this.timeout(60_000);
  let scene: InteropScene;
  let programs: string;
  let oauth2Proxy: string;

  before(async function () {
    // The first run fetches and builds the programs.
    this.timeout(900_000);
    programs = goPrograms('go');
    oauth2Proxy = goProgram(OAUTH2_PROXY);
    scene = await openScene();
  });
  after(() => scene?.close());

  const open = (library: string, input: Partial<StartAppInput> = {}): Promise<AppProcess> =>
    scene.open({
      library,
      ...input,
      program: (app) => ({
        command: path.join(programs, library),
        args: [],
        env: appEnvironment(app),
      }),
    });

  describe('coreos/go-oidc with golang.org/x/oauth2', () => {
    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('go-oidc', { registration }),
        { user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('refreshes in six tabs at once', async () => {
      const app = await open('go-oidc', { registration: OFFLINE });
      const visitor = await scene.connect(app, ['name']);
      await scene.refreshInAllTabs(app, visitor);
      await scene.refreshInAllTabs(app, visitor);
    });
  });

  describe('zitadel/oidc', () => {
    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('zitadel-oidc', { registration }),
        { user: '/' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('signs the person in with the shared values', async () => {
      const visitor = await scene.connect(await open('zitadel-oidc'), ['email', 'name']);
      expect(JSON.parse(visitor.page.body)).to.include({
        sub: scene.ana.accountId,
        email: scene.ana.email,
        name: 'Ana Example',
      });
    });

    it('signs in a person who refuses the e-mail', async () => {
      const visitor = await scene.connect(await open('zitadel-oidc'), ['name']);
      const user = JSON.parse(visitor.page.body) as Record<string, unknown>;
      expect(user).to.include({ sub: scene.ana.accountId, name: 'Ana Example' });
      expect(user).not.to.have.any.keys('email', 'email_verified');
    });

    it('signs the person out after the session at the server has ended', async () => {
      const app = await open('zitadel-oidc', { signedOutPath: '/' });
      const visitor = await scene.connect(app, []);
      await scene.endSessionAtServer(visitor);
      await scene.signOutAtApp(app, visitor);
    });
  });

  describe('oauth2-proxy', () => {
    const START = '/oauth2/start?rd=/oauth2/userinfo';
    /** By default it sends neither PKCE nor a nonce. */
    const PKCE = '--code-challenge-method=S256';

    const openProxy = (
      input: Partial<StartAppInput> = {},
      flags: readonly string[] = [PKCE],
    ): Promise<AppProcess> =>
      scene.open({
        library: 'oauth2-proxy',
        callbackPath: '/oauth2/callback',
        ...input,
        program: ({ port, url, issuer, clientId, clientSecret }) => ({
          command: oauth2Proxy,
          args: [
            '--provider=oidc',
            `--oidc-issuer-url=${issuer}`,
            `--client-id=${clientId}`,
            `--client-secret=${clientSecret}`,
            `--redirect-url=${url}/oauth2/callback`,
            `--http-address=127.0.0.1:${String(port)}`,
            '--email-domain=*',
            '--cookie-secret=0123456789abcdef0123456789abcdef',
            '--cookie-secure=false',
            '--upstream=static://200',
            ...flags,
          ],
        }),
      });

    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => openProxy({ registration }),
        { login: START, user: '/oauth2/userinfo' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('is refused with the reason when it sends neither PKCE nor a nonce', async () => {
      const app = await openProxy({}, []);
      const { url } = await visitApp(app).get(START);
      expect(url.searchParams.get('error')).to.equal('invalid_request');
      expect(url.searchParams.get('error_description')).to.match(/code_challenge.*or a nonce/);
    });

    it('signs the person in with the shared e-mail', async () => {
      const app = await openProxy();
      const visitor = await scene.connect(app, ['email', 'name'], START);
      expect(JSON.parse(visitor.page.body)).to.include({ email: scene.ana.email });
    });

    it('does not sign in a person who refuses the e-mail', async () => {
      const visitor = await scene.allow(await openProxy(), ['name'], START);
      expect(visitor.page.status).to.equal(500);
    });

    it('shows an error when the person denies the consent', async () => {
      const purpose = { en: 'It is your name here.' };
      const requests = [
        { claim: 'email', necessity: 'essential', purpose, longestDuration: '1_year' },
      ] as const;
      const app = await openProxy({ registration: { requests } });
      const visitor = visitApp(app);
      await visitor.get(START);
      await signIn(visitor, scene.ana);
      expect(visitor.page.document.querySelector('button[value=allow]')).to.not.equal(null);
      await visitor.submitForm('button[value=deny]');
      expect(visitor.page.url.origin).to.equal(app.url);
      expect(visitor.page.status, visitor.page.text).to.equal(403);
    });

    it('refreshes in six tabs at once', async () => {
      const flags = [PKCE, '--scope=openid email profile offline_access', '--cookie-refresh=1s'];
      const app = await openProxy({ registration: OFFLINE }, flags);
      const visitor = await scene.connect(app, ['email'], START);
      for (let round = 0; round < 2; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        await scene.refreshInAllTabs(app, visitor, '/oauth2/userinfo');
      }
      expect(app.output()).to.include('Refreshing session');
    });
  });
});
