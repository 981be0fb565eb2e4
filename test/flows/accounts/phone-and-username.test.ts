import { expect } from 'chai';

import { waitFor } from '../../support/wait-for.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, PASSWORD, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';

describe('Phones, usernames and confirmation links', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const enter = async (identifier: string): Promise<Visitor> => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await visitor.submitForm('form[action$="/sign-in"]', { identifier, password: PASSWORD });
    return visitor;
  };
  /** Waits for the message to a receiver in the outbox. @returns its HTML. */
  const sentTo = async (receiver: string): Promise<string> => {
    const reader = visitorAt(server.url);
    let found = '';
    await waitFor(
      `a message for ${receiver} in the outbox`,
      async () => {
        const page = await reader.get('/outbox');
        const items = page.document.querySelectorAll('.item');
        found = items.find(({ text }) => text.includes(receiver))?.outerHTML ?? '';
        return found !== '';
      },
      10_000,
    );
    return found;
  };

  it('a phone can be added, confirmed by the texted code, and used to sign in', async () => {
    const person = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, person);
    await visitor.get('/account/phones/add');
    const confirm = await visitor.submitForm('form[action="/account/phones/add"]', {
      value: '+44 20 7946 0123',
      label: 'work',
    });
    expect(confirm.url.pathname).to.match(/^\/account\/phones\/[\w-]+\/confirm$/);
    const code = /\b(\d{6})\b/.exec(await sentTo('+442079460123'))?.[1] ?? '';
    const wrong = await visitor.submitForm('form[action$="/confirm"]', { code: '0' });
    expect([wrong.status, wrong.text.includes('latest message')]).to.deep.equal([422, true]);
    const done = await visitor.submitForm('form[action$="/confirm"]', { code });
    expect(done.url.pathname).to.equal('/account');
    expect(done.text).to.include('You can now sign in with this phone number');
    const again = await enter('+44 20 7946 0123');
    expect(again.page.url.pathname).to.equal('/account');
    expect((await again.get('/account/security')).text).to.include('+44 20 7946 0123');
  });

  it('a username can be checked, added, and used to sign in', async () => {
    await server.connected.vault.addAttribute({
      accountId: (await createPerson(server.connected)).accountId,
      claim: 'preferred_username',
      value: 'taken.name',
    });
    const visitor = await signedInVisitor(server.url, await createPerson(server.connected));
    await visitor.get('/account/usernames/add');
    const look = (value: string) => visitor.submitForm('button[value=check]', { value });
    const taken = await look('Taken.Name');
    expect([taken.status, taken.text.includes('Somebody else has this username')]).to.deep.equal([
      200,
      true,
    ]);
    const refused = await visitor.submitForm('button[value=add]', { value: 'Taken.Name' });
    expect(refused.status).to.be.oneOf([409, 422]);
    const free = await look('free.name');
    expect([free.status, free.text.includes('free.name is free here')]).to.deep.equal([200, true]);
    const added = await visitor.submitForm('button[value=add]', { value: 'free.name' });
    expect(added.url.pathname).to.equal('/account');
    expect((await enter('FREE.NAME')).page.url.pathname).to.equal('/account');
  });

  it('usernames can be checked by signed-in people only', async () => {
    const address = `${server.url}/api/v1/usernames/some.name`;
    expect((await fetch(address)).status).to.equal(401);
    const visitor = await signedInVisitor(server.url, await createPerson(server.connected));
    const answer = await callApi(visitor, 'GET', address);
    expect(await answer.json()).to.deep.equal({
      username: 'some.name',
      isFree: true,
      state: 'free',
      problem: null,
      services: [],
    });
  });

  it('usernames cannot be enumerated: the 31st check is refused with 429', async () => {
    const limited = await startTestServer({
      config: { rateLimits: { isOn: true, multiplier: 1 } },
    });
    const visitor = await signedInVisitor(limited.url, await createPerson(limited.connected));
    const statuses: number[] = [];
    for (let turn = 0; turn < 31; turn += 1) {
      const address = `${limited.url}/api/v1/usernames/name${String(turn)}`;
      statuses.push((await callApi(visitor, 'GET', address)).status);
    }
    await limited.stop();
    expect(statuses.slice(0, 30)).to.deep.equal(Array.from({ length: 30 }, () => 200));
    expect(statuses[30]).to.equal(429);
  });

  it('a mailed link confirms only by its button, in the browser that added the address', async () => {
    const person = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, person);
    await visitor.get('/account/emails/add');
    const value = 'by-link@second.example';
    await visitor.submitForm('form[action="/account/emails/add"]', { value });
    const address = /href="([^"]+\/confirm\/[^"]+)"/.exec(await sentTo(value))?.[1] ?? '';
    const isProven = async () =>
      (await server.connected.vault.findIdentifier({ kind: 'email', value })) !== null;

    for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS', 'POST', 'PUT', 'DELETE']) {
      await fetch(address, { method, redirect: 'manual' });
      expect(await isProven(), method).to.equal(false);
    }
    const elsewhere = visitorAt(server.url);
    const refused = await elsewhere.get(address);
    expect(refused.status).to.equal(403);
    expect(refused.document.querySelector('form[action^="/confirm/"]')).to.equal(null);
    const page = await visitor.get(address);
    expect(page.headers.get('cache-control')).to.equal('no-store');
    expect(page.headers.get('referrer-policy')).to.match(/no-referrer|same-origin/);
    const done = await visitor.submitForm('form[action^="/confirm/"]');
    expect(done.text).to.include('Confirmed').and.include(value);
    expect(done.text).to.not.include(person.email);
    expect(await isProven()).to.equal(true);
    // The link did not sign in.
    expect((await elsewhere.get('/account')).url.pathname).to.match(/^\/interaction\//);

    const again = await elsewhere.get(address);
    expect([again.status, again.text.includes('no longer works')]).to.deep.equal([410, true]);
    const confirmed = await visitor.get('/account');
    expect(confirmed.text).to.include(value);
  });

  it('a registration can be confirmed by its link, which signs in where it began', async () => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await visitor.follow('a[href$="/register"]');
    const email = 'linked@example.org';
    await visitor.submitForm('form[action$="/register"]', { email, password: PASSWORD });
    const address = /href="([^"]+\/confirm\/[^"]+)"/.exec(await sentTo(email))?.[1] ?? '';
    await visitor.get(address);
    await visitor.submitForm('form[action$="/link"]');
    expect(visitor.page.url.pathname).to.equal('/account');
    expect((await enter(email)).page.url.pathname).to.equal('/account');
  });

  it('a new person can register by a code to a phone', async () => {
    const registerByCode = async (identifier: string) => {
      const visitor = visitorAt(server.url);
      await visitor.get('/account');
      await visitor.follow('a[href$="/code"]');
      await visitor.submitForm('form[action$="/code"]', { identifier });
      const code = /\b(\d{6})\b/.exec(await sentTo(identifier))?.[1] ?? '';
      return visitor.submitForm('form[action*="/confirm/"]', { code });
    };
    const page = await registerByCode('+442079460321');
    expect(page.url.pathname).to.equal('/account');
    expect(page.text).to.include('+44 20 7946 0321').and.include('Confirmed');
    const phone = { kind: 'phone_number', value: '+442079460321' } as const;
    expect(await server.connected.vault.findIdentifier(phone)).to.not.equal(null);
  });

  it('the JSON API adds and confirms a phone, and returns stable error codes', async () => {
    const visitor = await signedInVisitor(server.url, await createPerson(server.connected));
    const api = (method: 'POST' | 'DELETE', path: string, body?: unknown) =>
      callApi(visitor, method, `${server.url}/api/v1${path}`, body);
    const added = await api('POST', '/account/attributes', {
      claim: 'phone_number',
      value: '+44 20 7946 0456',
    });
    const { id, value } = (await added.json()) as { id: string; value: string };
    expect(value).to.equal('+442079460456');
    expect((await api('POST', `/account/attributes/${id}/verification`)).status).to.equal(204);
    const code = /\b(\d{6})\b/.exec(await sentTo(value))?.[1] ?? '';
    const confirm = (given: string) =>
      api('POST', `/account/attributes/${id}/verification/confirm`, { code: given });
    const problem = (await (await confirm('000')).json()) as { code: string };
    expect(problem.code).to.equal('code_wrong');
    expect((await confirm(code)).status).to.equal(204);
    expect((await confirm(code)).status).to.equal(410);
    const dead = await api('POST', '/confirmations', { link: 'nothing-like-it' });
    expect([dead.status, ((await dead.json()) as { code: string }).code]).to.deep.equal([
      410,
      'link_expired',
    ]);
  });
});

describe('Phones without a text message provider', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ config: { sms: { isOn: false } } });
  });
  after(() => server.stop());

  it('can be added but not confirmed', async () => {
    const visitor = await signedInVisitor(server.url, await createPerson(server.connected));
    const form = await visitor.get('/account/phones/add');
    expect(form.text).to.include('sends no text messages');
    const profile = await visitor.submitForm('form[action="/account/phones/add"]', {
      value: '+44 20 7946 0789',
    });
    expect(profile.url.pathname).to.equal('/account');
    expect(profile.text).to.include('+44 20 7946 0789').and.include('Not confirmed');
    expect(profile.document.querySelector('form[action$="/code"]')).to.equal(null);
  });
});
