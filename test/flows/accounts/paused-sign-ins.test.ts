import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { newestInMail } from '../../support/people/sent-messages.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const OVERALL = 20;

describe('Sign-in pages while one password is tried on many accounts (B-03)', () => {
  let server: TestServer;
  let person: TestPerson;
  let app: ThirdPartyApp;
  let known: Visitor;

  const start = async (trustedProxies: string[]): Promise<void> => {
    server = await startTestServer({
      config: {
        rateLimits: { isOn: true, multiplier: 1 },
        failedSignIns: { perNetwork: 10, overall: OVERALL },
        trustedProxies,
      },
    });
    person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId);
    known = visitorFrom('203.0.113.9');
    await arrive(known);
    await signIn(known, person);
  };
  afterEach(() => server?.stop());

  const visitorFrom = (address: string): Visitor =>
    visitorAt(server.url, { headers: { 'x-forwarded-for': address } });
  const arrive = async (visitor: Visitor): Promise<void> => {
    await app.begin(visitor, { prompt: 'login' });
  };
  const guess = async (visitor: Visitor, name: string): Promise<number> => {
    await arrive(visitor);
    await visitor.submitForm('form[action$="/sign-in"]', {
      identifier: name,
      password: 'Spring2026!',
    });
    return visitor.page.status;
  };
  const spray = async (count: number): Promise<number> => {
    let checked = 0;
    for (let nth = 0; nth < count; nth += 1) {
      const visitor = visitorFrom(`198.18.${String(nth)}.1`);
      if ((await guess(visitor, `person-${String(nth)}@example.net`)) === 422) checked += 1;
    }
    return checked;
  };

  it('offer a code in a new browser, and accept the password in a known one', async () => {
    await start(['127.0.0.0/8']);
    expect(await spray(OVERALL + 5)).to.equal(OVERALL);
    const fresh = visitorFrom('203.0.113.10');
    await arrive(fresh);
    await signIn(fresh, person);
    expect(fresh.page.status).to.equal(429);
    expect(Number(fresh.page.headers.get('retry-after'))).to.be.within(1, 60);
    expect(fresh.page.text).to.include('Sign in with a code');

    await arrive(known);
    await signIn(known, person);
    expect(known.page.document.querySelector('button[value=allow]')).not.to.equal(null);

    await fresh.follow('.ways-on a[href$="/code"]');
    await fresh.submitForm('form[action$="/code"]', { identifier: person.email });
    const code = await newestInMail(server.connected, person.email, 'code');
    await fresh.submitForm('form[action*="/confirm/"]', { code });
    expect(fresh.page.document.querySelector('button[value=allow]')).not.to.equal(null);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).to.match(/consentry_limits_hit_total\{limit="failed-sign-ins"\} [1-9]/);
  });

  it('count addresses in headers of callers that are no proxies as one network', async () => {
    await start([]);
    expect(await spray(14)).to.equal(10);
  });
});
