import { expect } from 'chai';

import { appEnvironment, type AppProcess, type StartAppInput } from './app-process.ts';
import { type InteropScene, openScene } from './scene.ts';
import { npmApp } from './toolchains.ts';

/** Packages of each app. They are fetched, because some have many dependencies. */
const PACKAGES = {
  'authjs-express': ['@auth/express@0.12.3', 'express@4.21.2'],
  'next-auth': ['next-auth@4.24.15', 'react@18.3.1', 'react-dom@18.3.1', 'express@5.3.0'],
  'better-auth': ['better-auth@1.7.25', 'express@5.3.0'],
} as const;
type Library = keyof typeof PACKAGES;

const DAY = '2026-11-29';
const IN_ID_TOKEN = { claimsInIdToken: true };

describe('Apps with libraries fetched from npm', function () {
  this.timeout(60_000);
  let scene: InteropScene;
  const files = new Map<Library, string>();

  before(async function () {
    this.timeout(600_000);
    for (const library of Object.keys(PACKAGES) as Library[]) {
      files.set(library, npmApp(library, PACKAGES[library], DAY));
    }
    scene = await openScene();
  });
  after(() => scene?.close());

  const open = (library: Library, input: Partial<StartAppInput> = {}): Promise<AppProcess> =>
    scene.open({
      library,
      ...input,
      program: (app) => ({
        command: process.execPath,
        args: [files.get(library) ?? ''],
        env: { ...appEnvironment(app), NEXTAUTH_URL: app.url },
        startSeconds: 30,
      }),
    });

  describe('Auth.js on Express', () => {
    const START = '/auth/signin';
    const callbackPath = '/auth/callback/consentry';

    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) =>
          open('authjs-express', {
            callbackPath,
            registration: { ...IN_ID_TOKEN, ...registration },
          }),
        { login: START, user: '/' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('signs the person in with the shared values when they are in the ID token', async () => {
      const app = await open('authjs-express', { callbackPath, registration: IN_ID_TOKEN });
      const visitor = await scene.connect(app, ['email', 'name'], START);
      expect(await scene.readJson(app, visitor, '/')).to.include({
        email: scene.ana.email,
        name: 'Ana Example',
      });
    });

    it('signs in a person who refuses the e-mail', async () => {
      const app = await open('authjs-express', { callbackPath, registration: IN_ID_TOKEN });
      const user = await scene.readJson(app, await scene.connect(app, ['name'], START), '/');
      expect(user).to.include({ name: 'Ana Example' });
      expect(user).not.to.have.property('email');
    });

    it('signs the person in without values by default', async () => {
      const app = await open('authjs-express', { callbackPath });
      const visitor = await scene.connect(app, ['email', 'name'], START);
      expect(await scene.readJson(app, visitor, '/')).not.to.have.any.keys('email', 'name');
    });
  });

  describe('NextAuth 4', () => {
    const START = '/api/auth/signin';
    const callbackPath = '/api/auth/callback/consentry';

    const userOf = async (app: AppProcess, shared: readonly string[]): Promise<unknown> => {
      const visitor = await scene.connect(app, shared, START);
      return (await scene.readJson(app, visitor, '/api/auth/session'))['user'];
    };

    it('accepts ID tokens with RS256 only by default', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) =>
          open('next-auth', { callbackPath, registration: { ...IN_ID_TOKEN, ...registration } }),
        { login: START, user: '/api/auth/session' },
      );
      expect(accepted).to.deep.equal(['RS256']);
    });

    it('signs the person in with the shared values when they are in the ID token', async () => {
      const app = await open('next-auth', { callbackPath, registration: IN_ID_TOKEN });
      expect(await userOf(app, ['email', 'name'])).to.deep.equal({
        email: scene.ana.email,
        name: 'Ana Example',
      });
    });

    it('signs in a person who refuses the e-mail', async () => {
      const app = await open('next-auth', { callbackPath, registration: IN_ID_TOKEN });
      expect(await userOf(app, ['name'])).to.deep.equal({ name: 'Ana Example' });
    });

    it('signs the person in without values by default', async () => {
      const app = await open('next-auth', { callbackPath });
      expect(await userOf(app, ['email', 'name'])).to.deep.equal({});
    });
  });

  describe('better-auth', () => {
    const callbackPath = '/api/auth/callback/consentry';

    it('accepts ID tokens with any signature', async () => {
      const accepted = await scene.acceptedSignatures(
        (registration) => open('better-auth', { callbackPath, registration }),
        { user: '/user' },
      );
      expect(accepted).to.have.members(['RS256', 'ES256', 'PS256', 'EdDSA']);
    });

    it('signs the person in with the shared values', async () => {
      const app = await open('better-auth', { callbackPath });
      const visitor = await scene.connect(app, ['email', 'name']);
      expect(await scene.readJson(app, visitor)).to.include({
        email: scene.ana.email,
        name: 'Ana Example',
      });
    });

    it('creates no account without the e-mail, which identifies its users', async () => {
      const app = await open('better-auth', { callbackPath });
      const visitor = await scene.allow(app, ['name']);
      expect(visitor.page.url.searchParams.get('error')).to.equal('email_not_found');
    });
  });
});
