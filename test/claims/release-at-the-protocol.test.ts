import { expect } from 'chai';
import * as oauth from 'openid-client';

import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { interceptTransactions } from '../support/measurement/intercept-transactions.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';

const SCOPE = 'openid profile email offline_access';

describe('The values that the protocol endpoints release', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    ana = await createPerson(server.connected, {
      values: {
        name: ['Ana Petrova'],
        email: ['second@work.example'],
        birthdate: ['1990-04-01'],
        nickname: ['petrushka'],
      },
    });
    app = await register([
      { claim: 'name', necessity: 'essential', longestDuration: '1_year' },
      { claim: 'email', necessity: 'voluntary', longestDuration: 'until_withdrawn' },
      { claim: 'birthdate', necessity: 'voluntary', longestDuration: 'until_withdrawn' },
    ]);
    visitor = visitorAt(server.url);
  });
  afterEach(async () => {
    // Proven addresses belong to one account; the next person proves the same.
    const { db } = server.connected;
    await db.query({
      name: 'test-forget',
      text: 'delete from accounts where id = $1',
      values: [ana.accountId],
    });
  });

  type Requests = { claim: string; necessity: string; longestDuration: string; purpose?: object }[];
  const withPurpose = (requests: Requests) =>
    requests.map((request) => ({ purpose: { en: `For ${request.claim}` }, ...request })) as never;
  const register = (requests: Requests) =>
    registerThirdPartyApp(server, ana.accountId, { requests: withPurpose(requests) });
  const id = (claim: string, index = 0): string => ana.attributeIds[claim]?.[index] ?? '';

  /** Starts at the app and signs in if required. */
  async function arrive(parameters: Record<string, string> = {}): Promise<SignInAttempt> {
    const attempt = await app.begin(visitor, { scope: SCOPE, ...parameters });
    if (visitor.page.document.querySelector('input[name=password]')) await signIn(visitor, ana);
    return attempt;
  }
  async function connect(
    choices: Record<string, string>,
    parameters: Record<string, string> = {},
  ): Promise<Tokens> {
    const attempt = await arrive({ prompt: 'consent', ...parameters });
    await visitor.submitForm('button[value=allow]', choices);
    return attempt.finish();
  }
  const userinfo = async (tokens: Tokens): Promise<Record<string, unknown>> => {
    const claims = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    const { sub: _sub, updated_at: _updatedAt, ...values } = claims;
    return values;
  };
  const channels = async () => {
    const rows = await server.connected.ledger.list({ accountId: ana.accountId, limit: 100 });
    return rows
      .map(({ channel, claims }) => `${channel}: ${claims.toSorted().join(' ')}`)
      .toReversed();
  };

  it('are in the ID token when requested there, and recorded as such', async () => {
    const claims = JSON.stringify({ id_token: { name: null, birthdate: { essential: true } } });
    const tokens = await connect({ 'claim.birthdate': 'refuse' }, { claims });
    expect(tokens.claims()).to.include({ name: 'Ana Petrova' });
    expect(tokens.claims()).not.to.have.property('birthdate');
    expect(await channels()).to.deep.equal(['id_token: name']);
  });

  it('do not include refused or unregistered claims that the claims parameter requests', async () => {
    const claims = JSON.stringify({
      userinfo: {
        birthdate: { essential: true },
        nickname: { essential: true },
        phone_number: null,
      },
    });
    const tokens = await connect({ 'claim.birthdate': 'refuse' }, { claims });
    expect(await userinfo(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    const silent = await arrive({ claims, prompt: 'none' });
    expect(silent.answer().get('error')).to.equal(null);
  });

  it('are in one UserInfo response when they are shared once', async () => {
    const tokens = await connect({
      'claim.email': id('email', 1),
      'duration.email': 'once',
    });
    expect(await userinfo(tokens)).to.include({
      email: 'second@work.example',
      email_verified: true,
    });
    expect(await userinfo(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    expect(await channels()).to.deep.equal([
      'userinfo: email email_verified name updated_at',
      'userinfo: name updated_at',
    ]);
  });

  it('are in no response of a read whose outcome is unknown, and are released once', async () => {
    const tokens = await connect({ 'claim.email': id('email'), 'duration.email': 'once' });
    const read = () =>
      fetch(`${server.url}/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
    let isUsed = false;
    let isLost = false;
    interceptTransactions(server.connected.db, {
      sendBatch: (client, batch) => {
        const { callback } = batch;
        isUsed ||= batch.statements.some(({ text }) => text.includes('set spent_at'));
        const isCommit = isUsed && batch.statements.at(-1)?.text === 'commit';
        if (!isCommit || isLost) return void client.query(batch);
        isLost = true;
        // The commit succeeds, and its answer and its status are lost.
        batch.callback = (error) => callback(error ?? new Error('Connection terminated'));
        client.query(batch);
        return undefined;
      },
      wrapQuery:
        (send) =>
        (...input) =>
          JSON.stringify(input[0]).includes('pg_xact_status')
            ? Promise.reject(new Error('Connection terminated'))
            : send(...input),
    });
    const unknown = await read();
    expect(isLost).to.equal(true);
    expect(unknown.status).to.equal(503);
    expect(unknown.headers.get('retry-after')).not.to.equal(null);
    const repeated = await read();
    expect(repeated.status).to.equal(200);
    expect(await repeated.json()).not.to.have.property('email');
    expect(await channels()).to.deep.equal([
      'userinfo: email email_verified name updated_at',
      'userinfo: name updated_at',
    ]);
  });

  it('are omitted after expiry without a prompt, and cause a prompt when they are essential', async () => {
    const tokens = await connect({ 'claim.email': id('email') });
    await runOut('email');
    expect(await eventually(userinfo, tokens, 1)).to.deep.equal({ name: 'Ana Petrova' });
    const silent = await arrive({ prompt: 'none' });
    expect(silent.answer().get('error')).to.equal(null);
    await runOut('name');
    const refused = await eventually((all) => userinfo(all).catch(() => ({})), tokens, 0);
    expect(refused).to.deep.equal({});
    const refreshed = await oauth
      .refreshTokenGrant(app.config, tokens.refresh_token ?? '')
      .catch((error: unknown) => error);
    expect(refreshed).to.have.property('error', 'invalid_grant');
    const needed = await arrive({ prompt: 'none' });
    expect(needed.answer().get('error')).to.equal('consent_required');
  });

  it('cause a prompt only for a new purpose, and a kept decision completes the sign-in', async () => {
    await connect({ 'claim.email': id('email', 1) });
    const { clients } = server.connected;
    const { requests } = (await clients.find(app.clientId)) ?? { requests: [] };
    const manager = { accountId: ana.accountId, isAdministrator: false };
    await clients.setRequests({
      clientId: app.clientId,
      manager,
      requests: [
        ...requests,
        {
          claim: 'nickname',
          necessity: 'voluntary',
          purpose: { en: 'Reviews' },
          longestDuration: 'until_withdrawn',
        },
      ],
    });
    const silent = await arrive({ prompt: 'none' });
    expect(silent.answer().get('error')).to.equal('consent_required');
    const attempt = await arrive();
    expect(visitor.page.text).to.include('asks for something new').and.include('petrushka');
    await visitor.submitForm('button[value=keep]');
    const tokens = await attempt.finish();
    expect(await userinfo(tokens)).to.deep.equal({
      name: 'Ana Petrova',
      email: 'second@work.example',
      email_verified: true,
    });
  });

  it('are never more than requested, even with a forged form', async () => {
    const attempt = await arrive({ prompt: 'consent' });
    const hidden = (name: string): string =>
      visitor.page.document.querySelector(`input[name="${name}"]`)?.getAttribute('value') ?? '';
    const form = visitor.page.document.querySelector('form[action$="/consent"]');
    const forged = await visitor.request(form?.getAttribute('action') ?? '', {
      method: 'POST',
      body: new URLSearchParams({
        _csrf: hidden('_csrf'),
        seen: hidden('seen'),
        decision: 'allow',
        'claim.name': id('name'),
        'claim.nickname': id('nickname'),
      }),
    });
    expect(forged.status).to.equal(422);
    expect(await forged.text()).to.include('The app did not ask for this');
    await visitor.get(visitor.page.url);
    await visitor.submitForm('button[value=deny]');
    expect(attempt.answer().get('error')).to.equal('access_denied');
  });

  async function runOut(claim: string): Promise<void> {
    const { db, feed } = server.connected;
    await db.transaction(async (tx) => {
      await tx.query({
        name: 'test-run-out',
        text: `update consent_items set expires_at = now() - interval '1 second' from consents
          where consents.id = consent_id and account_id = $1 and claim = $2`,
        values: [ana.accountId, claim],
      });
      await feed.publish(tx, 'consent', `${ana.accountId}:${app.clientId}`);
    });
  }
  /** Repeats the request until the change is announced, at most for a second. */
  async function eventually(
    ask: (tokens: Tokens) => Promise<Record<string, unknown>>,
    tokens: Tokens,
    members: number,
  ): Promise<Record<string, unknown>> {
    const end = performance.now() + 1_000;
    for (;;) {
      const answer = await ask(tokens);
      if (Object.keys(answer).length === members || performance.now() > end) return answer;
    }
  }
});
