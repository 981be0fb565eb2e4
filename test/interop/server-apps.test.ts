import { expect } from 'chai';

import { createPerson, signIn, type TestPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';
import { startApp, type AppProcess, type StartAppInput } from './app-process.ts';

const OFFLINE = { scopes: ['openid', 'profile', 'email', 'offline_access'] };
const TABS = 6;

describe('apps with a server on stock libraries', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;
  const running: AppProcess[] = [];

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Example'] } });
  });
  after(async () => {
    await Promise.all(running.map((app) => app.stop()));
    await server?.stop();
  });

  async function open(input: Omit<StartAppInput, 'server' | 'ownerAccountId'>) {
    const app = await startApp({ server, ownerAccountId: ana.accountId, ...input });
    running.push(app);
    return app;
  }

  /** Begins at the app, signs Ana in and shares these values; the rest she refuses. */
  async function connect(app: AppProcess, shared: readonly string[]): Promise<Visitor> {
    const visitor = await allow(app, shared);
    expect(visitor.page.status, visitor.page.text).to.equal(200);
    return visitor;
  }

  async function allow(app: AppProcess, shared: readonly string[]): Promise<Visitor> {
    const visitor = createVisitor({ baseUrl: app.url });
    await visitor.get('/login');
    await signIn(visitor, ana);
    for (const claim of ['email', 'name']) {
      expect(visitor.page.document.querySelector(`[name="claim.${claim}"]`), claim).to.not.equal(
        null,
      );
    }
    const answers = shared.map((claim) => [`claim.${claim}`, ana.attributeIds[claim]?.[0] ?? '']);
    await visitor.submitForm('button[value=allow]', Object.fromEntries(answers));
    expect(visitor.page.url.origin, visitor.page.text).to.equal(app.url);
    return visitor;
  }

  async function userAt(app: AppProcess, visitor: Visitor): Promise<Record<string, unknown>> {
    const page = await visitor.get(`${app.url}/user`);
    expect(page.status, page.text).to.equal(200);
    return JSON.parse(page.body) as Record<string, unknown>;
  }

  /** Six tabs of one browser notice at the same moment that the token is too old. */
  async function refreshInAllTabs(app: AppProcess, visitor: Visitor): Promise<void> {
    const answers = await Promise.all(
      Array.from({ length: TABS }, () => visitor.request(`${app.url}/refresh`)),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(
      answers.map(({ status }) => status),
      bodies.join('\n'),
    ).to.deep.equal(Array.from({ length: TABS }, () => 200));
  }

  async function endSessionHere(visitor: Visitor): Promise<void> {
    await visitor.get(`${server.url}/session/end`);
    await visitor.submitForm('button[name=logout]');
    await visitor.get(`${server.url}/account`);
    expect(visitor.page.document.querySelector('form[action$="/sign-in"]')).to.not.equal(null);
  }

  async function signOutAtApp(app: AppProcess, visitor: Visitor): Promise<void> {
    await visitor.get(`${app.url}/logout`);
    expect(visitor.page.url.href).to.equal(`${app.url}/`);
    expect(visitor.page.text).to.equal('signed out');
  }

  describe('openid-client', () => {
    it('is refused while it sends the secret another way than the single one that was chosen', async () => {
      const registration = { tokenEndpointAuthMethod: 'client_secret_basic' } as const;
      const { page } = await allow(await open({ library: 'openid-client', registration }), []);
      expect(page.status).to.equal(401);
    });

    it('signs the person in with what she shares', async () => {
      const app = await open({ library: 'openid-client' });
      const visitor = await connect(app, ['email', 'name']);
      expect(await userAt(app, visitor)).to.include({
        sub: ana.accountId,
        email: ana.email,
        name: 'Ana Example',
      });
    });

    it('signs the person in who refuses the e-mail', async () => {
      const app = await open({ library: 'openid-client' });
      const user = await userAt(app, await connect(app, ['name']));
      expect(user).to.include({ sub: ana.accountId, name: 'Ana Example' });
      expect(user).not.to.have.any.keys('email', 'email_verified');
    });

    it('refreshes in six tabs at once', async () => {
      const app = await open({ library: 'openid-client', registration: OFFLINE });
      const visitor = await connect(app, ['name']);
      await refreshInAllTabs(app, visitor);
      await refreshInAllTabs(app, visitor);
      expect(await userAt(app, visitor)).to.include({ name: 'Ana Example' });
    });

    it('comes back from signing out after the session here is over', async () => {
      const app = await open({
        library: 'openid-client',
        signedOutPath: '/',
      });
      const visitor = await connect(app, []);
      await endSessionHere(visitor);
      await signOutAtApp(app, visitor);
    });
  });

  describe('express-openid-connect', () => {
    /** The basic settings ask for an implicit ID token; these are the ones for the code flow. */
    async function openForCode(
      input: Partial<StartAppInput> = {},
      scope = 'openid profile email',
    ): Promise<AppProcess> {
      const authorizationParams = { response_type: 'code', scope };
      return open({
        library: 'express-openid-connect',
        settings: { authorizationParams },
        ...input,
      });
    }

    it('is refused with the reason while it asks for an implicit ID token', async () => {
      const app = await open({ library: 'express-openid-connect' });
      const visitor = createVisitor({ baseUrl: app.url });
      await visitor.get('/login');
      const valueOf = (field: string): string | undefined =>
        visitor.page.document.querySelector(`input[name=${field}]`)?.getAttribute('value');
      expect(valueOf('error')).to.equal('unsupported_response_type');
      expect(valueOf('error_description')).to.equal('unsupported response_type requested');
    });

    it('signs the person in with what she shares', async () => {
      const app = await openForCode();
      const visitor = await connect(app, ['email', 'name']);
      expect(await userAt(app, visitor)).to.include({
        sub: ana.accountId,
        email: ana.email,
        name: 'Ana Example',
      });
    });

    it('signs the person in who refuses the e-mail', async () => {
      const app = await openForCode();
      const user = await userAt(app, await connect(app, ['name']));
      expect(user).to.include({ sub: ana.accountId, name: 'Ana Example' });
      expect(user).not.to.have.any.keys('email', 'email_verified');
    });

    it('refreshes in six tabs at once', async () => {
      const app = await openForCode(
        { registration: OFFLINE },
        'openid profile email offline_access',
      );
      const visitor = await connect(app, ['name']);
      await refreshInAllTabs(app, visitor);
      await refreshInAllTabs(app, visitor);
      expect(await userAt(app, visitor)).to.include({ name: 'Ana Example' });
    });

    it('comes back from signing out after the session here is over', async () => {
      const app = await openForCode({ signedOutPath: '' });
      const visitor = await connect(app, []);
      await endSessionHere(visitor);
      await signOutAtApp(app, visitor);
    });
  });

  describe('passport-openidconnect', () => {
    const SETTINGS = { nonce: true, scope: ['profile', 'email'], skipUserProfile: false };

    it('is refused with the reason while it sends neither PKCE nor a nonce', async () => {
      const app = await open({ library: 'passport-openidconnect' });
      const visitor = createVisitor({ baseUrl: app.url });
      await visitor.get('/login');
      expect(visitor.page.text).to.match(/nonce/);
    });

    it('signs the person in with what she shares', async () => {
      const app = await open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
      });
      const user = await userAt(app, await connect(app, ['email', 'name']));
      expect(user).to.deep.include({
        id: ana.accountId,
        displayName: 'Ana Example',
        emails: [{ value: ana.email }],
      });
    });

    it('signs the person in who refuses the e-mail', async () => {
      const app = await open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
      });
      const user = await userAt(app, await connect(app, ['name']));
      expect(user).to.include({ id: ana.accountId, displayName: 'Ana Example' });
      expect(user).not.to.have.property('emails');
    });

    it('comes back from signing out after the session here is over', async () => {
      const app = await open({
        library: 'passport-openidconnect',
        settings: SETTINGS,
        signedOutPath: '/',
      });
      const visitor = await connect(app, []);
      await endSessionHere(visitor);
      await signOutAtApp(app, visitor);
    });
  });
});
