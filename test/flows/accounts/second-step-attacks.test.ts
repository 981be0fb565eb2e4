import { expect } from 'chai';

import { totpCode } from '../../authentication/second-step-scene.ts';
import { settableClock, type SettableClock } from '../../support/clock.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const NEW_PASSWORD = 'green ladder hums at midnight 7';

describe('An attack on the second step of a sign-in', () => {
  let server: TestServer;
  let clock: SettableClock;
  let app: ThirdPartyApp;
  let person: TestPerson;
  let other: TestPerson;
  let secret: string;
  let secretOfOther: string;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    person = await createPerson(server.connected);
    other = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId);
    secret = await turnOn(person);
    secretOfOther = await turnOn(other);
  });
  after(() => server?.stop());

  async function turnOn({ accountId }: TestPerson): Promise<string> {
    const { authentication } = server.connected;
    const { secret: made, ticket } = await authentication.startTotp({ accountId });
    const before = new Date(clock.now().getTime() - 30_000);
    await authentication.confirmTotp({ accountId, ticket, code: totpCode(made, before) });
    return made;
  }
  /** The present code, unused: each call moves the clock one step on. */
  function codeOf(key: string): string {
    clock.advance(30);
    return totpCode(key, clock.now());
  }
  const enter = (visitor: Visitor, key: string, more: Record<string, string> = {}) =>
    visitor.submitForm('form[action*="/second-step/"]', { code: codeOf(key), ...more });
  async function firstStepOf(who: TestPerson, visitor = visitorAt(server.url)): Promise<Visitor> {
    await visitor.get('/account');
    await signIn(visitor, who);
    return visitor;
  }
  /** The status and the code of the answer to a change of the password. */
  async function changePassword(visitor: Visitor, who: TestPerson): Promise<unknown> {
    const change = { currentPassword: who.password, newPassword: NEW_PASSWORD };
    const url = `${server.url}/api/v1/account/password`;
    const answer = await callApi(visitor, 'PUT', url, change);
    const { code } = (await answer.json()) as { readonly code?: string };
    return [answer.status, code];
  }

  it('cannot change the password by the API with a session of one step and the password (M-03)', async () => {
    const visitor = await firstStepOf(other);
    await enter(visitor, secretOfOther, { trust: 'browser' });
    const { accountId } = other;
    const { db, sessions } = server.connected;
    await db.transaction((tx) => sessions.endAll(tx, { accountId }));
    await firstStepOf(other, visitor);
    expect(visitor.page.url.pathname).to.equal('/account');
    expect(await changePassword(visitor, other)).to.deep.equal([403, 'fresh_sign_in_required']);
  });

  it('cannot add a passkey in a trusted browser: none is offered after one step (M-03)', async () => {
    const owner = await createPerson(server.connected);
    const visitor = visitorAt(server.url);
    const secretOfOwner = await turnOn(owner);
    await firstStepOf(owner, visitor);
    await enter(visitor, secretOfOwner, { trust: 'browser' });
    // The script of the page sets this cookie.
    const headers = { 'set-cookie': 'consentry-passkeys=yes; Path=/interaction' };
    visitor.cookies.store(new URL(server.url), new Response(null, { headers }));
    const { db, sessions } = server.connected;
    await db.transaction((tx) => sessions.endAll(tx, owner));
    await firstStepOf(owner, visitor);
    expect(visitor.page.url.pathname).to.equal('/account');
    await db.transaction((tx) => sessions.endAll(tx, owner));
    await server.connected.authentication.endBrowserTrust(owner);
    await firstStepOf(owner, visitor);
    await enter(visitor, secretOfOwner);
    expect(visitor.page.url.pathname).to.match(/\/passkey-offer$/);
  });

  it('cannot change the password with a session from before the second step (M-03)', async () => {
    const late = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, late);
    await turnOn(late);
    expect(await changePassword(visitor, late)).to.deep.equal([403, 'fresh_sign_in_required']);
  });

  it('cannot complete the sign-in of one person by the code of another in a second tab (M-03)', async () => {
    const visitor = await firstStepOf(person);
    const first = visitor.page.url;
    await firstStepOf(other, visitor);
    expect(visitor.page.url.pathname).to.match(/\/second-step\/code$/);
    await visitor.get(first);
    await enter(visitor, secretOfOther);
    expect(visitor.page.status).to.equal(422);
    await enter(visitor, secret);
    expect(visitor.page.url.pathname).to.equal('/account');
  });

  it('cannot use the first step once more after the sign-in is complete (M-03)', async () => {
    const visitor = await firstStepOf(person);
    const { url } = visitor.page;
    await enter(visitor, secret);
    expect(visitor.page.url.pathname).to.equal('/account');
    await visitor.get(url);
    expect(visitor.page.document.querySelector('form[action*="/second-step/"]')).to.equal(null);
  });

  it('cannot read the new recovery codes of another person in the same browser (M-02)', async () => {
    const [owner, next] = [
      await createPerson(server.connected),
      await createPerson(server.connected),
    ];
    const visitor = await signedInVisitor(server.url, owner);
    await visitor.get('/account/security/authenticator');
    const key = visitor.page.document.querySelector('.copy-line code')?.text ?? '';
    await visitor.submitForm('form[action$="/authenticator"]', {
      code: codeOf(key.replaceAll(' ', '')),
    });
    expect(visitor.page.document.querySelector('.copy-line pre')).to.not.equal(null);
    expect(visitor.page.headers.get('cache-control')).to.include('no-store');
    const { db, sessions } = server.connected;
    await db.transaction((tx) => sessions.endAll(tx, owner));
    const secretOfNext = await turnOn(next);
    await firstStepOf(next, visitor);
    await enter(visitor, secretOfNext);
    await visitor.get('/account/security/recovery-codes');
    expect(visitor.page.url.pathname).to.equal('/account/security/recovery-codes');
    expect(visitor.page.document.querySelector('.copy-line pre')).to.equal(null);
  });

  it('cannot send the code from another site (X-02)', async () => {
    const visitor = await firstStepOf(person);
    const body = new URLSearchParams({ code: codeOf(secret) });
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const sent = await visitor.request(visitor.page.url, { method: 'POST', body, headers });
    expect(sent.status).to.equal(403);
    expect((await visitor.get('/account')).url.pathname).to.match(/^\/interaction\//);
  });

  it('gains nothing by acr values of wrong types: the sign-in continues (O-07)', async () => {
    const requests = [
      { values: 5 },
      { values: null },
      { values: {} },
      { value: 7 },
      { values: [7] },
    ];
    const plain = await createPerson(server.connected);
    for (const acr of requests) {
      const visitor = visitorAt(server.url);
      await app.begin(visitor, { claims: JSON.stringify({ id_token: { acr } }) });
      await signIn(visitor, plain);
      expect(visitor.page.status, JSON.stringify(acr)).to.equal(200);
      expect(visitor.page.text, JSON.stringify(acr)).to.include('Bookshop');
    }
  });
});
