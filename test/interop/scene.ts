import { request } from 'node:http';

import { expect } from 'chai';

import type { CreateClientInput } from '../../src/clients/index.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../src/platform/keys/signing-keys.ts';
import { createNodeFetch } from '../support/http/node-fetch.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import {
  createPerson,
  type PersonSettings,
  signIn,
  type TestPerson,
} from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';
import { type AppProcess, startApp, type StartAppInput } from './app-process.ts';

/** Registration of an app with offline access. */
export const OFFLINE = { scopes: ['openid', 'profile', 'email', 'offline_access'] };

const TABS = 6;

/** One server, one person, and the apps that the person uses. */
export interface InteropScene {
  readonly server: TestServer;
  readonly ana: TestPerson;
  /** The person who registers the apps, in a browser at the developer console. */
  readonly developer: TestPerson;
  atConsole(): Promise<Visitor>;
  /** Registers and starts an app; it stops with the scene. */
  open(input: Omit<StartAppInput, 'server' | 'ownerAccountId'>): Promise<AppProcess>;
  /** Starts at the app, signs Ana in, shares these claims and refuses the others. Expects status 200 of the app. */
  connect(app: AppProcess, shared: readonly string[], loginPath?: string): Promise<Visitor>;
  /** Signs Ana in at the page of the server where the visitor is, shares these claims and refuses the others. */
  decide(visitor: Visitor, shared: readonly string[]): Promise<void>;
  /** As `connect`, with any status of the app. */
  allow(app: AppProcess, shared: readonly string[], loginPath?: string): Promise<Visitor>;
  /** The JSON of a page of the app. */
  readJson(app: AppProcess, visitor: Visitor, path?: string): Promise<Record<string, unknown>>;
  /**
   * The ID token signatures with which Ana can sign in to an app and its page shows her e-mail. `open` starts an app with that signature
   * in its quick start.
   */
  acceptedSignatures(
    open: (registration: Partial<CreateClientInput>) => Promise<AppProcess>,
    paths: { readonly login?: string; readonly user: string },
  ): Promise<SigningAlgorithm[]>;
  /** Refreshes in six tabs of one browser concurrently. Expects status 200 in each. */
  refreshInAllTabs(app: AppProcess, visitor: Visitor, path?: string): Promise<void>;
  /** Ends the session of Ana at the server, in the browser of the visitor. */
  endSessionAtServer(visitor: Visitor): Promise<void>;
  /** Signs out at the app after the session at the server has ended. Expects the visitor at `landing` of the app. */
  signOutAtApp(
    app: AppProcess,
    visitor: Visitor,
    paths?: { readonly logout?: string; readonly landing?: string },
  ): Promise<void>;
  close(): Promise<void>;
}

/** A browser without JavaScript at an app. Its requests are navigations, which some libraries require for a redirect to sign-in. */
export function visitApp(app: AppProcess): Visitor {
  const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  return createVisitor({ baseUrl: app.url, fetch: createNodeFetch({ request, headers }) });
}

/** Declares the two tests of an app whose page `/user` shows the claims that it received. */
export function itReceivesSharedValues(
  scene: () => InteropScene,
  open: () => Promise<AppProcess>,
): void {
  it('signs the person in with the shared values', async () => {
    const { ana, connect, readJson } = scene();
    const app = await open();
    const visitor = await connect(app, ['email', 'name']);
    expect(await readJson(app, visitor)).to.include({
      sub: ana.accountId,
      email: ana.email,
      name: 'Ana Example',
    });
  });

  it('signs in a person who refuses the e-mail', async () => {
    const { ana, connect, readJson } = scene();
    const app = await open();
    const user = await readJson(app, await connect(app, ['name']));
    expect(user).to.include({ sub: ana.accountId, name: 'Ana Example' });
    expect(user).not.to.have.any.keys('email', 'email_verified');
  });
}

/** Starts the server of a scene. Ana has these values beside name and e-mail. Close it in an `after` hook. */
export async function openScene(values: PersonSettings['values'] = {}): Promise<InteropScene> {
  const server = await startTestServer();
  const ana = await createPerson(server.connected, {
    values: { name: ['Ana Example'], ...values },
  });
  const developer = await createPerson(server.connected);
  let console: Promise<Visitor> | undefined;
  const running: AppProcess[] = [];

  async function allow(
    app: AppProcess,
    shared: readonly string[],
    loginPath = '/login',
  ): Promise<Visitor> {
    const visitor = visitApp(app);
    await visitor.get(loginPath);
    // Some libraries start with a button instead of a link.
    if (visitor.page.url.origin === app.url) await visitor.submitForm('form');
    await decide(visitor, shared);
    expect(visitor.page.url.origin, visitor.page.text).to.equal(app.url);
    return visitor;
  }

  async function decide(visitor: Visitor, shared: readonly string[]): Promise<void> {
    await signIn(visitor, ana);
    for (const claim of ['email', 'name']) {
      const choice = visitor.page.document.querySelector(`[name="claim.${claim}"]`);
      expect(choice, `${claim}: ${visitor.page.text}`).to.not.equal(null);
    }
    const answers = shared.map((claim) => [`claim.${claim}`, ana.attributeIds[claim]?.[0] ?? '']);
    await visitor.submitForm('button[value=allow]', Object.fromEntries(answers));
  }

  return {
    server,
    ana,
    developer,
    atConsole: () => (console ??= signedInVisitor(server.url, developer)),
    open: async (input) => {
      const app = await startApp({ server, ownerAccountId: developer.accountId, ...input });
      running.push(app);
      return app;
    },
    decide,
    allow,
    connect: async (app, shared, loginPath) => {
      const visitor = await allow(app, shared, loginPath);
      expect(visitor.page.status, `${visitor.page.text}\n${app.output()}`).to.equal(200);
      return visitor;
    },
    readJson: async (app, visitor, path = '/user') => {
      const page = await visitor.get(`${app.url}${path}`);
      expect(page.status, `${page.text}\n${app.output()}`).to.equal(200);
      return JSON.parse(page.body) as Record<string, unknown>;
    },
    acceptedSignatures: async (openWith, { login, user }) => {
      const accepted: SigningAlgorithm[] = [];
      for (const idTokenSignedResponseAlg of SIGNING_ALGORITHMS) {
        const app = await openWith({ idTokenSignedResponseAlg });
        const visitor = await allow(app, ['email', 'name'], login);
        if (!visitor.page.body.includes(ana.email)) await visitor.get(`${app.url}${user}`);
        const { page } = visitor;
        const isThere = page.url.origin === app.url && page.status === 200;
        if (isThere && page.body.includes(ana.email)) accepted.push(idTokenSignedResponseAlg);
        await app.stop();
      }
      return accepted;
    },
    refreshInAllTabs: async (app, visitor, path = '/refresh') => {
      const answers = await Promise.all(
        Array.from({ length: TABS }, () => visitor.request(`${app.url}${path}`)),
      );
      const bodies = await Promise.all(answers.map((answer) => answer.text()));
      const all = Array.from({ length: TABS }, () => 200);
      const statuses = answers.map(({ status }) => status);
      expect(statuses, `${bodies.join('\n')}\n${app.output()}`).to.deep.equal(all);
    },
    endSessionAtServer: async (visitor) => {
      await visitor.get(`${server.url}/session/end`);
      await visitor.submitForm('button[name=logout]');
      await visitor.get(`${server.url}/account`);
      expect(visitor.page.document.querySelector('form[action$="/sign-in"]')).to.not.equal(null);
    },
    signOutAtApp: async (app, visitor, { logout = '/logout', landing = '/' } = {}) => {
      await visitor.get(`${app.url}${logout}`);
      const { origin, pathname } = visitor.page.url;
      expect(`${origin}${pathname}`, visitor.page.text).to.equal(`${app.url}${landing}`);
      expect(visitor.page.text).to.equal('signed out');
    },
    close: async () => {
      await Promise.all(running.map((app) => app.stop()));
      await server.stop();
    },
  };
}
