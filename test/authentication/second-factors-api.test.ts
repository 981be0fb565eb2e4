import { expect } from 'chai';

import { settableClock, type SettableClock } from '../support/clock.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { totpCode, wrongTotpCode } from './second-step-scene.ts';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('The second step of sign-ins in the account API', () => {
  let server: TestServer;
  let clock: SettableClock;
  let person: TestPerson;
  let visitor: Visitor;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  beforeEach(async () => {
    person = await createPerson(server.connected);
    visitor = await signedInVisitor(server.url, person);
  });
  after(() => server.stop());

  const call = async (
    method: Parameters<typeof callApi>[1],
    path = '',
    body?: object,
  ): Promise<Answer> => {
    const url = `${server.url}/api/v1/account/second-factors${path}`;
    const answer = await callApi(visitor, method, url, body);
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  };
  async function turnOn() {
    const { body } = await call('POST', '/authenticator', {});
    const { secret, ticket } = body as { secret: string; ticket: string };
    const code = totpCode(secret, new Date(clock.now().getTime() - 30_000));
    const confirmed = await call('POST', '/authenticator/confirm', { ticket, code });
    return { secret, ticket, codes: confirmed.body['recoveryCodes'] as string[] };
  }
  /** Signs in with both steps, so that the session may change them. */
  async function signInWithBoth(secret: string): Promise<void> {
    visitor = visitorAt(server.url);
    await visitor.get('/account');
    await signIn(visitor, person);
    clock.advance(30);
    const code = totpCode(secret, clock.now());
    await visitor.submitForm('form[action*="/second-step/"]', { code });
  }

  it('is set up with a key and a right code, and then listed', async () => {
    expect((await call('GET')).body).to.deep.equal({
      since: null,
      isRequired: false,
      authenticator: null,
      unusedRecoveryCodes: 0,
      trustedBrowsers: 0,
    });
    const { body } = await call('POST', '/authenticator', {});
    const { secret, ticket, uri } = body as { secret: string; ticket: string; uri: string };
    expect(new URL(uri).searchParams.get('secret')).to.equal(secret);
    expect(decodeURIComponent(uri)).to.include(person.email);
    const wrong = { ticket, code: wrongTotpCode(secret, clock.now()) };
    const refused = await call('POST', '/authenticator/confirm', wrong);
    expect([refused.status, refused.body['code']]).to.deep.equal([400, 'code_wrong']);
    const right = { ticket, code: totpCode(secret, clock.now()) };
    const confirmed = await call('POST', '/authenticator/confirm', right);
    expect(confirmed.body['recoveryCodes']).to.have.length(10);
    expect((await call('GET')).body).to.deep.include({ unusedRecoveryCodes: 10 });
  });

  it('refuses the ticket of another account', async () => {
    const { body } = await call('POST', '/authenticator', {});
    const { secret, ticket } = body as { secret: string; ticket: string };
    const other = await createPerson(server.connected);
    visitor = await signedInVisitor(server.url, other);
    const code = totpCode(secret, clock.now());
    const refused = await call('POST', '/authenticator/confirm', { ticket, code });
    expect([refused.status, refused.body['code']]).to.deep.equal([
      410,
      'authenticator_ticket_expired',
    ]);
  });

  it('is removed once; its recovery codes and trusted browsers end with it', async () => {
    const { secret } = await turnOn();
    await signInWithBoth(secret);
    expect((await call('DELETE', '/trusted-browsers')).status).to.equal(204);
    expect((await call('DELETE', '/trusted-browsers')).status).to.equal(204);
    expect((await call('DELETE', '/authenticator')).status).to.equal(204);
    const again = await call('DELETE', '/authenticator');
    expect([again.status, again.body['code']]).to.deep.equal([404, 'authenticator_not_found']);
    expect((await call('GET')).body).to.deep.equal({
      since: null,
      isRequired: false,
      authenticator: null,
      unusedRecoveryCodes: 0,
      trustedBrowsers: 0,
    });
    const none = await call('POST', '/recovery-codes', {});
    expect([none.status, none.body['code']]).to.deep.equal([409, 'second_factor_missing']);
  });

  it('returns new recovery codes in place of the earlier ones', async () => {
    const { secret, codes } = await turnOn();
    await signInWithBoth(secret);
    const renewed = (await call('POST', '/recovery-codes', {})).body['recoveryCodes'] as string[];
    expect(renewed).to.have.length(10);
    expect(renewed.some((code) => codes.includes(code))).to.equal(false);
  });

  // Last, because sign-ins have the time of the machine.
  it('cannot be changed by a session without both steps, nor by an old one', async () => {
    const { secret } = await turnOn();
    const changes = [
      ['DELETE', '/authenticator'],
      ['POST', '/recovery-codes'],
      ['POST', '/authenticator'],
    ] as const;
    const statuses = async () => {
      const answers: unknown[] = [];
      for (const [method, path] of changes)
        answers.push((await call(method, path, method === 'POST' ? {} : undefined)).body['code']);
      return answers;
    };
    const stale = changes.map(() => 'fresh_sign_in_required');
    expect(await statuses()).to.deep.equal(stale);
    await signInWithBoth(secret);
    clock.advance(601);
    expect(await statuses()).to.deep.equal(stale);
  });
});
