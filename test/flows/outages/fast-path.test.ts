import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import pg from 'pg';

import { countLibraryRequests } from '../../oidc/fast-path-scene.ts';
import {
  introspection,
  machine,
  refresh,
  revocation,
  userinfo,
} from '../../oidc/fast-path-requests.ts';
import { type RawRequest, sendRaw } from '../../oidc/raw-request.ts';
import { type CuttableProxy, openCuttableProxy } from '../../platform/cuttable-proxy.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { testRedisUrl } from '../../support/servers/redis.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A state of the database or of Redis, and the requests that it does not stop. */
interface Outage {
  readonly title: string;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly served: readonly string[];
}

describe('A plain request during an outage', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let admin: pg.Client;
  let databaseCable: CuttableProxy;
  let redisCable: CuttableProxy;
  let server: TestServer;
  let app: ThirdPartyApp;
  let service: ThirdPartyApp;
  let tokens: { readonly token: string; readonly refreshToken: string };
  let ownToken: string;
  let libraryRequests: () => number;

  before(async () => {
    database = await createTestDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    databaseCable = await openCuttableProxy(database.url);
    redisCable = await openCuttableProxy(testRedisUrl());
    server = await startTestServer({
      databaseUrl: databaseCable.url,
      config: { redisUrl: redisCable.url },
    });
    const ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
    app = await registerThirdPartyApp(server, ana.accountId);
    service = await registerThirdPartyApp(server, ana.accountId, {
      applicationType: 'machine',
      redirectUris: [],
      postLogoutRedirectUris: [],
      scopes: [],
    });
    const found = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: 'openid profile email offline_access', prompt: 'consent' },
      choices: { 'claim.name': ana.attributeIds['name']?.[0] ?? '' },
    });
    tokens = { token: found.access_token, refreshToken: found.refresh_token ?? '' };
    libraryRequests = countLibraryRequests({ fast: server });
  });
  after(async () => {
    databaseCable?.restore();
    redisCable?.restore();
    await server?.stop();
    await databaseCable?.close();
    await redisCable?.close();
    await admin?.end();
    await database?.drop();
  });
  beforeEach(async () => {
    const issued = await answerTo(machine(service, {}));
    ownToken = String(issued.body['access_token']);
    expect(ownToken).to.have.length.above(40);
  });

  interface Answer {
    readonly status: number;
    readonly head: string;
    readonly body: Readonly<Record<string, unknown>>;
  }
  async function answerTo(request: RawRequest): Promise<Answer> {
    const { port } = server.server.address() as AddressInfo;
    const { head, body } = await sendRaw(port, request);
    return {
      status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]),
      head,
      body: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>),
    };
  }

  const requests = (): Readonly<Record<string, RawRequest>> => ({
    UserInfo: userinfo(tokens.token),
    introspection: introspection(tokens.token, app),
    revocation: revocation(ownToken, service),
    'client credentials': machine(service, {}),
    refresh: refresh(tokens.refreshToken, app),
  });

  const untilStale = () =>
    waitFor('the change feed to be stale', () => !server.connected.feed.isFresh(), 5_000);
  const untilFresh = () =>
    waitFor('the change feed to be fresh', () => server.connected.feed.isFresh(), 20_000);
  const cable = (cut: 'cut' | 'freeze') => ({
    begin: async () => {
      databaseCable[cut]();
      await untilStale();
    },
    end: async () => {
      databaseCable.restore();
      await untilFresh();
    },
  });
  /** As a server in recovery, which accepts no write. */
  async function setReadOnly(isOn: boolean): Promise<void> {
    const name = admin.escapeIdentifier(new URL(database.url).pathname.slice(1));
    await admin.query(
      `alter database ${name} ${isOn ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only'}`,
    );
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await untilFresh();
  }
  /** The first request on each connection that was ended can fail. */
  const untilReadable = () =>
    waitFor(
      'an answer that needs only reads',
      async () => (await answerTo(refresh(tokens.refreshToken, app))).status === 200,
      5_000,
    );
  /** As after a restore of an older dump; see `timeline-guard.ts`. */
  async function setIncarnation(change: number): Promise<void> {
    await admin.query('update installation set incarnation = incarnation + $1', [change]);
    const isSame = change < 0;
    await waitFor('the comparison', () => server.connected.timeline.isSame() === isSame, 10_000);
  }
  const redis = (cut: 'cut' | 'freeze') => ({
    begin: async () => redisCable[cut](),
    end: async () => redisCable.restore(),
    served: ['UserInfo', 'introspection', 'revocation', 'client credentials', 'refresh'],
  });

  const OUTAGES: readonly Outage[] = [
    { title: 'PostgreSQL is away', ...cable('cut'), served: [] },
    { title: 'PostgreSQL is frozen', ...cable('freeze'), served: [] },
    {
      title: 'PostgreSQL is in recovery',
      begin: async () => {
        await setReadOnly(true);
        await untilReadable();
      },
      end: () => setReadOnly(false),
      served: ['introspection', 'client credentials', 'refresh'],
    },
    {
      title: 'the database lacks commits',
      begin: () => setIncarnation(1),
      end: () => setIncarnation(-1),
      served: [],
    },
    { title: 'Redis is away', ...redis('cut') },
    { title: 'Redis is frozen', ...redis('freeze') },
  ];

  for (const { title, begin, end, served } of OUTAGES) {
    it(`is answered with 503 or served, and uses nothing up: ${title}`, async () => {
      const before = libraryRequests();
      const sent = requests();
      await begin();
      try {
        for (const [name, request] of Object.entries(sent)) {
          const { status, head, body } = await answerTo(request);
          const isServed = served.includes(name);
          expect(status, `${name}: ${head} ${JSON.stringify(body)}`).to.equal(isServed ? 200 : 503);
          if (isServed) continue;
          expect(head, name).to.match(/^Retry-After: \d+\r?$/im);
          expect(head, name).not.to.match(/^WWW-Authenticate: /im);
          expect(body['error'], name).to.equal('temporarily_unavailable');
        }
        expect(libraryRequests()).to.equal(before);
      } finally {
        await end();
      }
      for (const [name, request] of Object.entries(sent)) {
        await waitFor(name, async () => (await answerTo(request)).status === 200, 20_000);
      }
      expect((await answerTo(introspection(tokens.token, app))).body['active']).to.equal(true);
      expect((await answerTo(introspection(ownToken, service))).body['active']).to.equal(false);
    });
  }
});
