import { expect } from 'chai';

import { createPerson, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { totpCode } from './second-step-scene.ts';
import type { VisitedPage } from '../support/people/visitor.ts';
import { maskChallenge } from '../support/http/masked-answer.ts';

/** The parts of a response that an outsider can compare, without random parts and typed text. */
interface Seen {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

describe('whether an address has an account', () => {
  let server: TestServer;
  let known: string;
  let unconfirmed: string;
  let blocked: string;
  let secured: string;
  const unknown = 'nobody-here@example.org';
  const password = 'seven herons count the evening trains';

  before(async () => {
    server = await startTestServer();
    const { connected } = server;
    known = (await createPerson(connected, { email: 'somebody-a@example.org' })).email;
    const person = await createPerson(connected, { email: 'somebody-b@example.org' });
    blocked = person.email;
    await connected.db.transaction((tx) =>
      connected.accounts.setStatus(tx, {
        accountId: person.accountId,
        status: 'blocked',
        reason: 'abuse',
      }),
    );
    const owner = await createPerson(connected, { email: 'somebody-d@example.org' });
    secured = owner.email;
    const { accountId } = owner;
    const { secret, ticket } = await connected.authentication.startTotp({ accountId });
    const code = totpCode(secret, connected.clock.now());
    await connected.authentication.confirmTotp({ accountId, ticket, code });
    unconfirmed = 'somebody-c@example.org';
    await connected.authentication.register({
      email: unconfirmed,
      password,
      locale: 'en',
      ip: '192.0.2.1',
    });
  });
  after(() => server.stop());

  const at = async (step: 'sign-in' | 'register' | 'forgot') => {
    const visitor = visitorAt(server.url);
    const first = await visitor.get('/account');
    const uid = /\/interaction\/([^/?]+)/.exec(first.url.pathname)?.[1] ?? '';
    if (step !== 'sign-in') await visitor.get(`/interaction/${uid}/${step}`);
    return { visitor, uid };
  };
  const see = (page: VisitedPage, { uid, email }: { uid: string; email: string }): Seen => ({
    status: page.status,
    headers: [...page.headers.keys()].toSorted(),
    body: maskChallenge(page.body)
      .replaceAll(uid, 'UID')
      .replaceAll(email, 'EMAIL')
      .replaceAll(/name="_csrf" value="[^"]*"/g, 'name="_csrf"')
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'UUID')
      // The pause ends at the same moment, but the visits do not happen at the same moment.
      .replaceAll(/<time class="wait"[^>]*>[^<]*<\/time>/g, 'WAIT'),
  });
  const compare = async (
    step: 'sign-in' | 'register' | 'forgot',
    emails: readonly string[],
    fields: Record<string, string>,
  ) => {
    const seen: Seen[] = [];
    for (const email of emails) {
      const { visitor, uid } = await at(step);
      const page = await visitor.submitForm(`form[action$="/${step}"]`, {
        ...fields,
        [step === 'register' ? 'email' : 'identifier']: email,
      });
      seen.push(see(page, { uid, email }));
    }
    for (const other of seen.slice(1)) expect(other).to.deep.equal(seen[0]);
    return seen[0];
  };

  it('is not revealed by the page after the name, nor whether it is blocked, unconfirmed or has a second step (E-01)', async () => {
    const emails = [unknown, known, blocked, unconfirmed, secured];
    const seen = await compare('sign-in', emails, {});
    expect(seen?.status).to.equal(200);
    expect(seen?.body).to.include('Enter your password');
  });

  it('is not revealed by a failed sign-in, nor whether it is blocked, unconfirmed or has a second step (E-01)', async () => {
    const emails = [unknown, known, blocked, unconfirmed, secured];
    const seen = await compare('sign-in', emails, { password: 'not the password' });
    expect(seen?.status).to.equal(422);
  });

  it('is not revealed by a sign-in to a blocked account with the right password', async () => {
    const { visitor, uid } = await at('sign-in');
    const right = { identifier: blocked, password: 'violet anchor mends the slow clock' };
    const page = await visitor.submitForm('form[action$="/sign-in"]', right);
    const other = await at('sign-in');
    const wrong = await other.visitor.submitForm('form[action$="/sign-in"]', {
      identifier: unknown,
      password: 'x',
    });
    expect(see(page, { uid, email: blocked })).to.deep.equal(
      see(wrong, { uid: other.uid, email: unknown }),
    );
  });

  it('is not revealed by the pause after many wrong passwords', async () => {
    for (const email of [unknown, known]) {
      for (let count = 0; count < 6; count += 1) {
        await server.connected.authentication
          .signIn({ identifier: email, password: 'x', deviceId: null, ip: '192.0.2.1' })
          .catch(() => undefined);
      }
    }
    // The first pauses last seconds; a busy machine may take longer to look at both addresses.
    await server.connected.db.query({
      name: 'test-longer-pause',
      text: `update sign_in_failures set locked_until = locked_until + interval '2 minutes'`,
    });
    const seen = await compare('sign-in', [unknown, known], { password: 'not the password' });
    expect(seen?.body).to.include('Too many wrong passwords');
  });

  it('is not revealed by a registration', async () => {
    const seen = await compare('register', [unknown, known, blocked], { name: 'Ana', password });
    expect(seen?.status).to.equal(200);
  });

  it('is not revealed by a password reset', async () => {
    const seen = await compare('forgot', [unknown, known, blocked], {});
    expect(seen?.status).to.equal(200);
  });
});
