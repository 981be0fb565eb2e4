import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';
import pg from 'pg';

import { sql } from '../../../src/platform/postgres/sql.ts';
import { answerConsent, beginAt } from '../../support/people/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { arriving, photo } from '../../support/people/pictures.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { waitFor } from '../../support/wait-for.ts';

const NAME = 'Ana Petrova';
const NOTE = 'a note of Ana';
const CLAIMS = ['name', 'nickname', 'picture', 'email'];
const DATA = ['openid', 'profile', 'email'];
const API = ['notes', 'account:read'];
const SCOPES = [...DATA, ...API];
/** Longer than a check of the consent counts. */
const HELD_MS = 700;

/** What an app has after a consent. */
interface Access {
  readonly token: string;
  readonly picture: string;
}

/** One way in which values leave. */
interface Channel {
  readonly title: string;
  readonly scope: readonly string[];
  /** Fields of the consent page. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly read: (access: Access) => Promise<Response>;
  /** Text of the answer that the person shares. */
  readonly secret: string;
}

describe('A read that waits for the ledger while the access ends at another node', function () {
  this.timeout(60_000);
  let here: TestServer;
  let there: TestServer;
  let thereUrl: string;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let locker: pg.Client;

  before(async () => {
    here = await startTestServer();
    there = await startTestServer({
      databaseUrl: here.databaseUrl,
      config: { issuer: here.url },
    });
    thereUrl = `http://localhost:${String((there.server.address() as { port: number }).port)}`;
    const administrator = await createPerson(here.connected, { isAdministrator: true });
    await here.connected.scopes.defineScope({
      actorId: administrator.accountId,
      name: 'notes',
      title: { en: 'Your notes', ru: 'Ваши заметки' },
      description: { en: 'Keep notes with you.', ru: 'Хранить у вас заметки.' },
      sensitivity: 'medium',
      records: { namespace: 'notes', access: 'write' },
    });
    ana = await createPerson(here.connected, { values: { name: [NAME], nickname: ['Anya'] } });
    const { accountId } = ana;
    const content = arriving(await photo('red'));
    const { id } = await here.connected.vault.avatars.add({ accountId, content });
    Object.assign(ana.attributeIds, { picture: [id] });
    await storeNote();
    app = await registerThirdPartyApp(here, accountId, { scopes: [...SCOPES, 'offline_access'] });
    visitor = visitorAt(here.url);
    locker = new pg.Client({ connectionString: here.databaseUrl });
    await locker.connect();
  });
  after(async () => {
    await locker?.end();
    await there?.stop();
    await here?.stop();
  });

  const storeNote = () =>
    here.connected.vault.records.put({
      accountId: ana.accountId,
      namespace: 'notes',
      key: 'one',
      value: NOTE,
      changedBy: null,
      expected: { kind: 'anything' },
    });
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(path.startsWith('http') ? path : `${thereUrl}${path}`, { headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const api =
    (path: string) =>
    ({ token }: Access) =>
      get(`/api/v1/${path}`, bearer(token));

  const ONCE = { 'duration.name': 'once' };
  const CHANNELS: readonly Channel[] = [
    {
      title: 'UserInfo',
      scope: DATA,
      read: ({ token }) => get('/userinfo', bearer(token)),
      secret: NAME,
    },
    {
      title: 'UserInfo of the library',
      scope: DATA,
      read: ({ token }) => get('/userinfo', { ...bearer(token), 'content-type': 'text/plain' }),
      secret: NAME,
    },
    {
      title: 'UserInfo, a value that is shared once',
      scope: DATA,
      choices: ONCE,
      read: ({ token }) => get('/userinfo', bearer(token)),
      secret: NAME,
    },
    {
      title: 'a picture',
      scope: DATA,
      read: ({ picture }) => get(picture.replace(here.url, thereUrl)),
      secret: 'WEBP',
    },
    { title: 'the profile for apps', scope: DATA, read: api('account/profile'), secret: NAME },
    {
      title: 'a record of the app',
      scope: ['openid', 'notes'],
      read: api('records/notes/one'),
      secret: NOTE,
    },
    {
      title: 'the records of the app',
      scope: ['openid', 'notes'],
      read: api('records/notes'),
      secret: NOTE,
    },
    ...[
      { path: 'account/profile', secret: NAME },
      { path: 'account/attributes', secret: NAME },
      { path: 'account/avatars', secret: 'account/avatars/' },
      { path: 'account/records/notes/one', secret: NOTE },
    ].map(({ path, secret }) => ({
      title: `${path} for a token with account:read`,
      scope: ['openid', 'account:read'],
      read: api(path),
      secret,
    })),
  ];

  /** The person decides about everything that is requested. */
  async function decide(
    scope: readonly string[],
    choices: Readonly<Record<string, string>> = {},
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<SignInAttempt> {
    const input = {
      visitor,
      app,
      person: ana,
      parameters: { scope: scope.join(' '), prompt: 'consent', ...parameters },
      choices: {
        ...Object.fromEntries(
          (scope.includes('profile') ? CLAIMS : []).map((claim) => [
            `claim.${claim}`,
            ana.attributeIds[claim]?.[0] ?? '',
          ]),
        ),
        ...Object.fromEntries(
          scope.filter((name) => API.includes(name)).map((name) => [`scope.${name}`, 'allow']),
        ),
        ...choices,
      },
    };
    const attempt = await beginAt(input);
    await answerConsent(input);
    return attempt;
  }

  async function connect({ title, scope, choices }: Channel): Promise<Access> {
    const { access_token: token } = await (await decide(scope, choices)).finish();
    if (title !== 'a picture') return { token, picture: '' };
    const claims = await oauth.fetchUserInfo(app.config, token, ana.accountId);
    return { token, picture: String(claims.picture) };
  }

  /** Starts the read, and lets the ledger wait until `meanwhile` has ended. */
  async function whileLedgerWaits(
    read: () => Promise<Response>,
    meanwhile: () => Promise<void>,
  ): Promise<Response> {
    await locker.query('begin; lock table ledger_heads in exclusive mode');
    try {
      const answer = read();
      await waitFor('the ledger', isWaiting, 10_000);
      await Promise.all([meanwhile(), pause(HELD_MS)]);
      await locker.query('rollback');
      return await answer;
    } finally {
      await locker.query('rollback');
    }
  }

  async function isWaiting(): Promise<boolean> {
    const rows = await here.connected.db.query(sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%append_releases%'`);
    return rows.length > 0;
  }

  const withdraw = () =>
    here.connected.consents.withdraw({ accountId: ana.accountId, clientId: app.clientId });

  for (const channel of CHANNELS) {
    it(`returns no value after a withdrawal: ${channel.title}`, async () => {
      const access = await connect(channel);
      const answer = await whileLedgerWaits(() => channel.read(access), withdraw);
      const text = await answer.text();
      expect(text).not.to.include(channel.secret);
      expect(answer.status, text).to.be.oneOf([200, 401, 403, 404]);
    });

    it(`returns the value if the access did not end: ${channel.title}`, async () => {
      const access = await connect(channel);
      const answer = await whileLedgerWaits(
        () => channel.read(access),
        () => Promise.resolve(),
      );
      expect(await answer.text()).to.include(channel.secret);
    });
  }

  for (const channel of CHANNELS.filter(
    ({ secret, scope }) => secret === NOTE && !scope.includes('account:read'),
  )) {
    it(`returns nothing that was deleted meanwhile: ${channel.title}`, async () => {
      const access = await connect(channel);
      const note = { accountId: ana.accountId, namespace: 'notes', key: 'one' };
      const remove = () =>
        here.connected.vault.records.remove({ ...note, expected: { kind: 'anything' } });
      try {
        const answer = await whileLedgerWaits(() => channel.read(access), remove);
        expect(await answer.text()).not.to.include(NOTE);
      } finally {
        await storeNote();
      }
    });
  }

  it('returns no ID token after a withdrawal', async () => {
    const verifier = oauth.randomPKCECodeVerifier();
    const attempt = await decide(
      DATA,
      {},
      {
        claims: JSON.stringify({ id_token: { name: null } }),
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      },
    );
    const secret = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    const redeem = () =>
      fetch(`${thereUrl}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${secret}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: attempt.answer().get('code') ?? '',
          redirect_uri: REDIRECT_URI,
          code_verifier: verifier,
        }),
      });
    const answer = await whileLedgerWaits(redeem, withdraw);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).not.to.have.property('id_token');
    expect(body['error']).to.equal('invalid_grant');
  });

  it('returns only the claims that are still shared, with their present values', async () => {
    const access = await connect(CHANNELS[0] as Channel);
    const answer = await whileLedgerWaits(
      () => get('/userinfo', bearer(access.token)),
      async () => {
        await decide(DATA, { 'claim.name': 'refuse' });
      },
    );
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).not.to.have.property('name');
    expect(body).to.have.property('nickname', 'Anya');
  });
});
