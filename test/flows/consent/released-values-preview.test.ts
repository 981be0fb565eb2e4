import { expect } from 'chai';

import { beginAt, connectApp, type ConnectInput } from '../../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** Claims that differ between sign-ins, so that no preview can contain them. */
const OF_ONE_SIGN_IN = new Set([
  'iat',
  'exp',
  'auth_time',
  'acr',
  'amr',
  'nonce',
  'sid',
  'at_hash',
]);
const CLAIMS = ['name', 'email', 'birthdate', 'address', 'phone_number'];

describe('The preview of released values', function () {
  this.timeout(120_000);
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: {
        name: ['Ana <b>“Петрова”</b> & Söhne'],
        email: ['second@work.example'],
        birthdate: ['1990-04-01'],
        phone_number: ['+12025550143'],
        address: [{ street_address: 'Nevsky 1\nflat 2', locality: 'Город', country: 'RU' }],
      },
    });
    visitor = visitorAt(server.url);
  });
  after(() => server.stop());

  const register = (changes: object = {}): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile', 'email', 'phone', 'address', 'offline_access'],
      requests: CLAIMS.map((claim) => ({
        claim,
        necessity: 'voluntary' as const,
        purpose: { en: `Why ${claim}` },
        longestDuration: 'until_withdrawn' as const,
      })),
      ...changes,
    });
  const shown = (): { userinfo: string; idToken: string } => {
    const [userinfo, idToken] = visitor.page.document
      .querySelectorAll('pre.preview')
      .map(({ text }) => JSON.stringify(JSON.parse(text)));
    return { userinfo: userinfo ?? '', idToken: idToken ?? '' };
  };
  /** The choices that this page offers. */
  const offered = (choices: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(choices).filter(([name]) =>
        visitor.page.document
          .querySelectorAll('[name]')
          .some((field) => field.getAttribute('name') === name),
      ),
    );
  const fetchUserinfo = async (accessToken: string): Promise<string> => {
    const answer = await fetch(`${server.url}/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return answer.text();
  };

  /** Chooses on the page, reads the preview, allows, and compares it with the real responses to the app. */
  async function compare(input: Omit<ConnectInput, 'visitor' | 'person'>): Promise<void> {
    const { parameters = {}, choices = {} } = input;
    const attempt = await beginAt({
      ...input,
      visitor,
      person: ana,
      parameters: { prompt: 'consent', ...parameters },
    });
    await visitor.submitForm('button[value=preview]', offered(choices));
    expect(visitor.page.status).to.equal(200);
    const before = shown();
    await visitor.submitForm('button[value=allow]');
    const tokens = await attempt.finish();
    const userinfo = await fetchUserinfo(tokens.access_token);
    const payload = Object.entries(tokens.claims() ?? {}).filter(
      ([name]) => !OF_ONE_SIGN_IN.has(name),
    );
    const idToken = JSON.stringify(Object.fromEntries(payload));
    expect(before).to.deep.equal({ userinfo, idToken });

    await visitor.get(`${server.url}/account/apps/${input.app.clientId}`);
    expect(shown()).to.deep.equal({ userinfo, idToken });
  }

  const everyChoice = (bits: number): Record<string, string> =>
    Object.fromEntries(
      CLAIMS.map((claim, index) => {
        const values = ana.attributeIds[claim] ?? [];
        const isShared = (bits >> index) % 2 === 1;
        return [`claim.${claim}`, isShared ? (values.at(bits % values.length) ?? '') : 'refuse'];
      }),
    );

  it('equals the responses to the app for every set of values and both subject types', async () => {
    const open = await register();
    const pairwise = await register({ subjectType: 'pairwise' });
    for (let bits = 0; bits < 2 ** CLAIMS.length; bits += 1) {
      const app = bits % 2 === 0 ? open : pairwise;
      await compare({
        app,
        choices: everyChoice(bits),
        parameters: { scope: 'openid profile email phone address offline_access' },
      });
    }
  });

  it('equals the responses to the app for sets of scopes and for single claims', async () => {
    const app = await register({ subjectType: 'pairwise' });
    const one = { email: null, birthdate: { essential: true }, nickname: null };
    const claimsParameters = [
      { userinfo: one },
      { id_token: one },
      { userinfo: { name: null }, id_token: { phone_number: { value: '+1' }, email: null } },
    ];
    for (const scope of ['openid', 'openid email', 'phone openid address']) {
      for (const claims of claimsParameters) {
        const choices = everyChoice(31);
        const parameters = { scope, claims: JSON.stringify(claims) };
        await compare({ app, choices, parameters });
      }
    }
  });

  it('reflects a change at once, and shows a refusal when the app is paused', async () => {
    const app = await register();
    const page = `${server.url}/account/apps/${app.clientId}`;
    await compare({ app, choices: everyChoice(31), parameters: { scope: 'openid profile email' } });
    await server.connected.consents.changeItem({
      accountId: ana.accountId,
      clientId: app.clientId,
      claim: 'name',
      choice: 'refuse',
      locale: 'en',
    });
    await visitor.get(page);
    expect(shown().userinfo).not.to.include('Söhne');
    await pause(app.clientId);
    await visitor.get(page);
    expect(visitor.page.document.querySelectorAll('pre.preview')).to.have.length(0);
    expect(visitor.page.text).to.include('is refused');
    await visitor.submitForm('form[action$="/resume"]');
    expect(shown().userinfo).to.include('second@work.example');
  });

  it('shows developers only their own account, equal to the responses to their app', async () => {
    const bob = await createPerson(server.connected, { values: { name: ['Bob'] } });
    const app = await register();
    const page = `${server.url}/developer/apps/${app.clientId}/preview`;
    await compare({ app, choices: everyChoice(31), parameters: { scope: 'openid profile' } });
    const answered = shown();
    await visitor.get(page);
    expect(shown()).to.deep.equal(answered);

    const other = await registerThirdPartyApp(server, bob.accountId);
    await connectApp({ app: other, visitor, person: ana, parameters: { scope: 'openid profile' } });
    await visitor.get(`${server.url}/developer/apps/${other.clientId}/preview`);
    expect(visitor.page.status).to.equal(404);
    const bobs = visitorAt(server.url);
    await bobs.get(`${server.url}/developer/apps/${other.clientId}/preview`);
    await signIn(bobs, bob);
    expect(bobs.page.text).to.include('You are not connected');
    expect(bobs.page.text).to.include('"name": "Bob"').and.not.to.include('Söhne');
  });

  it('writes no ledger entry and does not use up a single read', async () => {
    const app = await register();
    const releases = () =>
      server.connected.ledger.list({ accountId: ana.accountId, clientId: app.clientId, limit: 9 });
    const second = ana.attributeIds['email']?.[1] ?? '';
    const choices = { 'claim.email': second, 'duration.email': 'once' };
    await beginAt({ app, visitor, person: ana, parameters: { scope: 'openid email' } });
    await visitor.submitForm('button[value=preview]', choices);
    expect(shown().userinfo).to.include('second@work.example');
    await visitor.submitForm('button[value=allow]');
    await visitor.get(`${server.url}/account/apps/${app.clientId}`);
    expect(shown().userinfo).to.include('second@work.example');
    expect(await releases()).to.deep.equal([]);
  });

  async function pause(clientId: string): Promise<void> {
    const { db, feed } = server.connected;
    await db.transaction(async (tx) => {
      await tx.query({
        name: 'test-pause',
        text: 'update consents set suspended_at = now() where client_id = $1',
        values: [clientId],
      });
      await feed.publish(tx, 'consent', `${ana.accountId}:${clientId}`);
    });
    const key = { accountId: ana.accountId, clientId };
    while ((await server.connected.consents.find(key))?.suspendedAt === null);
  }

  it('is available while a new signing key replaces the provider', async () => {
    const app = await register();
    const name = ana.attributeIds['name']?.[0] ?? '';
    await connectApp({ visitor, app, person: ana, choices: { 'claim.name': name } });
    const { db, feed } = server.connected;
    const replacing = setInterval(() => void feed.publish(db, 'signing-keys', 'a test'), 5);
    try {
      for (let round = 0; round < 60; round += 1) {
        const { status } = await visitor.get(`${server.url}/account/apps/${app.clientId}`);
        expect(status, `round ${String(round)}`).to.equal(200);
      }
    } finally {
      clearInterval(replacing);
    }
  });
});
