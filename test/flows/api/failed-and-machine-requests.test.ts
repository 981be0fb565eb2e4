import { expect } from 'chai';
import * as oauth from 'openid-client';

import { noteFailedRequest } from '../../../src/clients/failed-requests/note-failed-request.ts';
import { createRateLimiter } from '../../../src/platform/rate-limiter.ts';
import { isTrueWithin } from '../../support/wait-for.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  type AppSettings,
  REDIRECT_URI,
  registerStockApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';

describe('An app', () => {
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
  });
  after(() => server.stop());

  const register = (settings: AppSettings = {}): Promise<ThirdPartyApp> =>
    registerStockApp(server, ana.accountId, settings);

  describe('whose requests fail', () => {
    const failuresOf = async (clientId: string) => {
      const manager = { accountId: ana.accountId, isAdministrator: false };
      return server.connected.clients.listFailures({ clientId, manager });
    };
    /** Waits, because failures are written after the response. */
    async function failures(clientId: string, rows: number, requests = rows) {
      await isTrueWithin(async () => {
        const found = await failuresOf(clientId);
        const sum = found.reduce((count, { times }) => count + times, 0);
        return found.length >= rows && sum >= requests;
      });
      return failuresOf(clientId);
    }
    const authorize = (clientId: string, parameters: Record<string, string>) => {
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: 'openid',
        nonce: 'n',
        prompt: 'none',
        ...parameters,
      });
      return fetch(`${server.url}/auth?${query.toString()}`, { redirect: 'manual' });
    };

    it('finds the reason in its failure log, with equal failures in one row and no values', async () => {
      const { clientId } = await register();
      await authorize(clientId, {
        redirect_uri: 'https://wrong.example/cb?email=ana@secret.example',
      });
      await authorize(clientId, { scope: 'openid phone', prompt: 'none' });
      await authorize(clientId, { scope: 'phone' });
      await authorize(clientId, { scope: 'phone' });
      await fetch(`${server.url}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: clientId,
          client_secret: 'no',
        }),
      });
      const found = await failures(clientId, 4, 5);
      const rows = found.map(({ endpoint, code, times }) => `${endpoint} ${code} ${String(times)}`);
      expect(rows).to.include.members([
        'authorization invalid_redirect_uri 1',
        'authorization invalid_request 2',
        'token invalid_client 1',
      ]);
      const dropped = found.find(({ code }) => code === 'scope_dropped');
      expect(dropped?.reason).to.equal('not registered for this app: phone');
      const address = found.find(({ code }) => code === 'invalid_redirect_uri');
      expect(address?.reason).to.include('https://wrong.example/cb');
      expect(JSON.stringify(found)).not.to.include('secret.example');

      const visitor = visitorAt(server.url);
      await visitor.get(`/developer/apps/${clientId}/failed-requests`);
      await signIn(visitor, ana);
      expect(visitor.page.text).to.include('not registered for this app: phone');
    });

    it('causes at most ten log rows a minute, keeps the newest 200, and none for an unknown app', async () => {
      const { clientId } = await register();
      const { db } = server.connected;
      const rateLimiter = createRateLimiter({ postgres: db });
      for (let turn = 0; turn < 12; turn += 1) {
        const failure = { clientId, endpoint: 'token', code: 'x', reason: `no ${String(turn)}` };
        await noteFailedRequest({ db, rateLimiter }, failure);
      }
      expect(await failuresOf(clientId)).to.have.length(10);
      await server.connected.db.query({
        name: 'test-many-failures',
        text: `insert into failed_requests (client_id, endpoint, code, reason, last_at)
               select $1, 'token', 'x', n::text, now() - interval '1 day' from generate_series(1, 300) n`,
        values: [clientId],
      });
      const other = await register();
      await server.connected.db.query({
        name: 'test-move-failures',
        text: 'update failed_requests set client_id = $2 where client_id = $1',
        values: [clientId, other.clientId],
      });
      const one = { clientId: other.clientId, endpoint: 'token', code: 'x', reason: 'newest' };
      await server.connected.clients.noteFailure(one);
      const kept = await failuresOf(other.clientId);
      expect(kept).to.have.length(200);
      expect(kept[0]?.reason).to.equal('newest');
      await authorize('nobody', {});
      const [row] = await server.connected.db.query<{ count: number }>({
        name: 'test-count-failures',
        text: `select count(*)::int as count from failed_requests where client_id = 'nobody'`,
        values: [],
      });
      expect(row?.count).to.equal(0);
    });
  });

  it('that is deleted leaves no failed requests behind', async () => {
    const { clientId } = await register();
    const { clients, db } = server.connected;
    const count = async () => {
      const [row] = await db.query<{ count: number }>({
        name: 'test-count-failures-of',
        text: `select count(*)::int as count from failed_requests where client_id = $1`,
        values: [clientId],
      });
      return row?.count;
    };
    const failure = { clientId, endpoint: 'token', code: 'x', reason: 'before' };
    await clients.noteFailure(failure);
    expect(await count()).to.equal(1);
    await clients.remove({
      clientId,
      manager: { accountId: ana.accountId, isAdministrator: false },
    });
    await clients.noteFailure({ ...failure, reason: 'by a request that was under way' });
    expect(await count()).to.equal(0);
  });

  describe('that uses client credentials', () => {
    const API = 'https://jobs.example/';
    const OTHER = 'https://other.example/';
    const words = { en: 'Jobs', ru: 'Задания' };

    before(async () => {
      const { scopes } = server.connected;
      const by = { actorId: ana.accountId, title: words };
      for (const identifier of [API, OTHER]) {
        await scopes.defineResourceServer({
          ...by,
          identifier,
          accessTokenFormat: 'opaque',
          accessTokenLifetimeSeconds: 300,
        });
      }
      const permission = { ...by, description: words, sensitivity: 'low' } as const;
      await scopes.defineScope({ ...permission, name: 'jobs:run', resource: API });
      await scopes.defineScope({ ...permission, name: 'jobs:stop', resource: API });
      await scopes.defineScope({ ...permission, name: 'other:see', resource: OTHER });
      const isEverywhere = async (): Promise<boolean> =>
        (await scopes.catalogue()).byName.has('other:see');
      expect(await isTrueWithin(isEverywhere)).to.equal(true);
    });

    async function machine(): Promise<ThirdPartyApp> {
      return register({ applicationType: 'machine', redirectUris: [], scopes: ['jobs:run'] });
    }

    it('gets only registered scopes that need no person', async () => {
      const { config } = await machine();
      const wide = 'account:read scopes:manage openid email jobs:run jobs:stop';
      const tokens = await oauth.clientCredentialsGrant(config, { scope: wide, resource: API });
      expect(tokens.scope).to.equal('jobs:run');
      const bare = await oauth.clientCredentialsGrant(config, { scope: wide });
      expect(bare.scope).to.equal(undefined);
      const seen = await oauth.tokenIntrospection(config, bare.access_token);
      expect(seen).to.include({ active: true }).and.not.have.property('scope');
    });

    it('is refused a token for an API without a permission for it', async () => {
      const { config } = await machine();
      const refusal = async (parameters: Record<string, string>): Promise<unknown> =>
        oauth.clientCredentialsGrant(config, parameters).catch((error: unknown) => {
          return (error as { error?: string }).error;
        });
      expect(await refusal({ resource: OTHER })).to.equal('invalid_target');
      expect(await refusal({ resource: OTHER, scope: 'other:see' })).to.equal('invalid_target');
      expect(await refusal({ resource: API, scope: 'jobs:stop' })).to.equal('invalid_target');
    });
  });
});
