import { expect } from 'chai';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

/** The age at which these pages require a new proof. */
const FRESH_SECONDS = 600;

describe('A page that needs a fresh proof, at a node whose clock differs from the time of the sign-in', () => {
  let server: TestServer;
  let clock: SettableClock;
  let ana: TestPerson;

  before(async () => {
    clock = settableClock(new Date());
    // The protocol uses the clock of the machine, the pages that of the database.
    server = await startTestServer({ clock });
    ana = await createPerson(server.connected);
  });
  after(() => server?.stop());

  for (const seconds of [FRESH_SECONDS + 0.5, FRESH_SECONDS + 4]) {
    it(`leads to the password and back when it counts ${String(seconds)} s and the protocol counts none`, async () => {
      clock.set(new Date());
      const visitor = await signedInVisitor(server.url, ana);
      clock.advance(seconds);
      const page = await visitor.get(`${server.url}/account/emails/add?app=shop`);
      expect(page.document.querySelector('input[name=password]')).not.to.equal(null);
      expect(page.trail).to.have.length(3);
      clock.set(new Date());
      await signIn(visitor, ana);
      const { pathname, search } = visitor.page.url;
      expect(pathname + search).to.equal('/account/emails/add?app=shop');
    });
  }

  it('is not opened again and again for a browser that is signed in nowhere', async () => {
    clock.set(new Date());
    const visitor = await signedInVisitor(server.url, ana);
    clock.advance(FRESH_SECONDS + 1);
    await visitor.get(`${server.url}/account/emails/add`);
    const [, toSignIn] = visitor.page.trail;
    const state = toSignIn?.searchParams.get('state') ?? '';
    const stranger = visitorAt(server.url);
    const answer = await stranger.request(
      `/account/signed-in?${new URLSearchParams({ state }).toString()}`,
    );
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, '/']);
  });

  it('lets another person sign in instead', async () => {
    clock.set(new Date());
    const ben = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, ana);
    clock.advance(FRESH_SECONDS + 1);
    await visitor.get(`${server.url}/account/emails/add`);
    await visitor.follow('.typed-name a');
    expect(visitor.page.text).to.include('Use another account');
    await visitor.submitForm('form[action$="/sign-in"]', { identifier: ben.email });
    expect(visitor.page.document.querySelector('.typed-name')?.text).to.include(ben.email);
    clock.set(new Date());
    await visitor.submitForm('form[action$="/sign-in"]', { password: ben.password });
    if (visitor.page.document.querySelector('form[data-submit]') !== null)
      await visitor.submitForm('form[data-submit]');
    const page = await visitor.get(`${server.url}/account/security`);
    expect(page.text).to.include(ben.email).and.not.to.include(ana.email);
  });
});
