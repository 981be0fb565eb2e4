import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { ClaimRequestInput } from '../../../src/clients/index.ts';
import { beginAt } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { readSms } from '../../support/people/sent-messages.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email phone address';
const CONSENT = 'button[value=allow]';

describe('A value that an app requests and the person does not have', () => {
  let server: TestServer;
  let app: ThirdPartyApp;
  let person: TestPerson;
  let visitor: Visitor;
  let attempt: SignInAttempt;

  before(async () => {
    server = await startTestServer();
    const { accountId } = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, accountId, {
      requests: [
        request('name', 'essential'),
        request('email', 'voluntary'),
        request('birthdate', 'voluntary'),
        request('address', 'voluntary'),
      ],
    });
  });
  after(() => server.stop());

  beforeEach(async () => {
    person = await createPerson(server.connected);
    visitor = visitorAt(server.url);
    attempt = await beginAt({ visitor, app, person, parameters: { scope: SCOPE } });
  });

  const seen = async (): Promise<Record<string, unknown>> => {
    const { access_token: token } = await attempt.finish();
    const info = await oauth.fetchUserInfo(app.config, token, oauth.skipSubjectCheck);
    const { sub: _sub, updated_at: _updatedAt, ...values } = info;
    return values;
  };
  const stored = async (): Promise<string[]> => {
    const all = await server.connected.vault.listAttributes(person.accountId);
    return all.map(({ claim }) => claim).toSorted();
  };
  /** Posts fields that the page does not have, as a program could. */
  const post = async (fields: Readonly<Record<string, string>>): Promise<number> => {
    const { document, url } = visitor.page;
    const read = (name: string) =>
      document.querySelector(`form.consent [name="${name}"]`)?.getAttribute('value') ?? '';
    const body = new URLSearchParams({
      _csrf: read('_csrf'),
      seen: read('seen'),
      decision: 'allow',
      'add.name': 'Nora',
      ...fields,
    });
    const headers = { origin: url.origin, 'sec-fetch-site': 'same-origin' };
    const { status } = await visitor.request(`${url.pathname}/consent`, {
      method: 'POST',
      body,
      headers,
    });
    return status;
  };

  it('is saved in the profile and shared by the form in which it is entered', async () => {
    await visitor.submitForm(CONSENT, {
      'add.name': ' Nora Lind ',
      'add.birthdate': '1990-04-12',
      'add.address.locality': 'Lisbon',
    });
    expect(await seen()).to.deep.equal({
      name: 'Nora Lind',
      birthdate: '1990-04-12',
      address: { locality: 'Lisbon' },
    });
    expect(await stored()).to.deep.equal(['address', 'birthdate', 'email', 'name']);
  });

  it('is not shared when its field stays empty', async () => {
    await visitor.submitForm(CONSENT, { 'add.name': 'Nora Lind' });
    expect(await seen()).to.deep.equal({ name: 'Nora Lind' });
    expect(await stored()).to.deep.equal(['email', 'name']);
  });

  it('has an error beside its field, nothing is saved, and everything typed stays', async () => {
    const page = await visitor.submitForm(CONSENT, {
      'add.name': 'Nora Lind',
      'add.birthdate': '1990-13-45',
      'claim.email': person.attributeIds['email']?.[0] ?? '',
      duration: '30_days',
    });
    expect(page.status).to.equal(422);
    const field = (name: string) => page.document.querySelector(`[name="${name}"]`);
    expect(field('add.name')?.getAttribute('value')).to.equal('Nora Lind');
    expect(field('add.birthdate')?.getAttribute('aria-invalid')).to.equal('true');
    expect(field('claim.email')?.hasAttribute('checked')).to.equal(true);
    expect(field('duration')?.querySelector('[selected]')?.getAttribute('value')).to.equal(
      '30_days',
    );
    expect(await stored()).to.deep.equal(['email']);
  });

  it('is demanded when the app needs it', async () => {
    const page = await visitor.submitForm(CONSENT);
    expect(page.status).to.equal(422);
    expect(page.document.getElementById('add.name-error')?.text).to.include('Fill this in');
  });

  it('is used when it was saved before the decision was written', async () => {
    const value = 'Nora Lind';
    await server.connected.vault.addAttribute({
      accountId: person.accountId,
      claim: 'name',
      value,
    });
    await visitor.submitForm(CONSENT, { 'add.name': value });
    expect(await seen()).to.deep.equal({ name: value });
    expect(await stored()).to.deep.equal(['email', 'name']);
  });

  it('does not replace another value that was saved in the meantime (value_saved_before)', async () => {
    const { accountId } = person;
    await server.connected.vault.addAttribute({ accountId, claim: 'name', value: 'Another' });
    const page = await visitor.submitForm(CONSENT, { 'add.name': 'Nora Lind' });
    expect(page.status).to.equal(422);
    expect(page.text).to.include('saved in the meantime').and.include('Another');
    expect(await stored()).to.deep.equal(['email', 'name']);
  });

  const other = '0191c0de-0000-7000-8000-000000000000';
  const hostile: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['a claim that was not requested', { 'add.nickname': 'Nono' }],
    ['an address without a proof', { 'add.email': 'thief@example.org' }],
    ['a line of a claim that has none', { 'add.birthdate.value': '1990-04-12' }],
    ['the id of a value of another person', { 'claim.email': other }],
    ['a duration beyond that of the app', { duration: 'until_withdrawn' }],
    ['a duration of one claim beyond that of the app', { 'duration.name': 'until_withdrawn' }],
  ];
  for (const [title, fields] of hostile) {
    it(`gives nothing more to ${title}`, async () => {
      expect(await post(fields)).to.equal(422);
      const key = { accountId: person.accountId, clientId: app.clientId };
      expect(await server.connected.consents.find(key)).to.equal(null);
      expect((await stored()).filter((claim) => claim !== 'name')).to.deep.equal(['email']);
    });
  }

  describe('that has to be confirmed', () => {
    const PHONE = '+442079460171';

    beforeEach(async () => {
      app = await registerThirdPartyApp(server, person.accountId, {
        requests: [
          request('name', 'essential'),
          request('phone_number', 'essential'),
          request('email', 'voluntary'),
        ],
      });
      visitor = visitorAt(server.url);
      attempt = await beginAt({ visitor, app, person, parameters: { scope: SCOPE } });
    });

    const codeSentTo = async (number: string): Promise<string> => {
      const all = await readSms(server.connected);
      return String(all.findLast((message) => message?.to === number)?.values['code']);
    };
    const choices = () => ({
      'add.name': 'Nora Lind',
      'claim.email': person.attributeIds['email']?.[0] ?? '',
      duration: '30_days',
    });
    const place = (): string => visitor.page.url.pathname.replace(/^\/interaction\/[^/]+/, '');
    const reload = () => visitor.get(visitor.page.url);

    it('is added and confirmed on pages with their own addresses, and all choices are kept', async () => {
      const number = `${PHONE.slice(0, -1)}2`;
      await visitor.submitForm('button[value="add.phone_number"]', choices());
      expect(place()).to.equal('/add/phone_number');
      await reload();
      await visitor.submitForm('form[action$="/add/phone_number"]', { value: number });
      expect(place()).to.match(/^\/add\/phone_number\/[\w-]{36}$/);
      await reload();
      const wrong = await visitor.submitForm('form[action*="/add/phone_number/"]', { code: '0' });
      expect(wrong.text).to.include('not the code');
      await reload();
      const code = await codeSentTo(number);
      await visitor.submitForm('form[action*="/add/phone_number/"]', { code });
      expect(place()).to.equal('/consent');
      await reload();
      await visitor.submitForm(CONSENT);
      expect(await seen()).to.deep.equal({
        name: 'Nora Lind',
        email: person.email,
        email_verified: true,
        phone_number: number,
        phone_number_verified: true,
      });
      const key = { accountId: person.accountId, clientId: app.clientId };
      const consent = await server.connected.consents.find(key);
      expect(consent?.items.map(({ duration }) => duration)).to.deep.equal(
        Array.from({ length: 3 }, () => '30_days'),
      );
    });

    it('is requested next when the person shares everything else', async () => {
      await visitor.submitForm(CONSENT, choices());
      expect(place()).to.equal('/add/phone_number');
      await visitor.follow('a[href$="/consent"]');
      const typed = visitor.page.document.querySelector('[name="add.name"]');
      expect(typed?.getAttribute('value')).to.equal('Nora Lind');
    });

    it('needs no second code when it was confirmed in another tab', async () => {
      const number = `${PHONE.slice(0, -1)}3`;
      await visitor.submitForm('button[value="add.phone_number"]', choices());
      await visitor.submitForm('form[action$="/add/phone_number"]', { value: number });
      const ref = {
        accountId: person.accountId,
        attributeId: visitor.page.url.pathname.split('/').at(-1) ?? '',
      };
      const code = await codeSentTo(number);
      const { authentication } = server.connected;
      await authentication.confirmAttribute({ ...ref, code, locale: 'en', ip: '192.0.2.1' });
      await reload();
      expect(place()).to.equal('/consent');
      expect(visitor.page.text.replaceAll(' ', '')).to.include(number);
    });

    it('is offered again when it was added before', async () => {
      const number = `${PHONE.slice(0, -1)}4`;
      await visitor.submitForm('button[value="add.phone_number"]', choices());
      await visitor.submitForm('form[action$="/add/phone_number"]', { value: number });
      await visitor.follow('a[href$="/consent"]');
      expect(visitor.page.text).to.include('+44 20 7946 0174').and.include('Confirm this number');
      await visitor.submitForm('button[value="add.phone_number"]');
      expect(visitor.page.text).to.include('Send a code to +44 20 7946 0174');
      await visitor.submitForm('form[action$="/add/phone_number"]');
      expect(place()).to.match(/^\/add\/phone_number\/[\w-]{36}$/);
      expect(visitor.page.text).to.include('A message was sent');
    });

    it('cannot be added by another browser, or for another account', async () => {
      const stranger = visitorAt(server.url);
      const answer = await stranger.request(`${visitor.page.url.pathname}/add/phone_number`);
      expect(answer.status).to.equal(410);
    });
  });
});

function request(claim: string, necessity: 'essential' | 'voluntary'): ClaimRequestInput {
  return { claim, necessity, purpose: { en: `Why ${claim}` }, longestDuration: '1_year' };
}
