import { expect } from 'chai';

import { settableClock } from '../support/clock.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly code?: string;
    readonly fields?: Readonly<Record<string, string>>;
  };
}

describe('Changing the profile in part', () => {
  const clock = settableClock(new Date());
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer({ clock, config: { minimumAgeYears: 18 } });
  });
  after(() => server?.stop());
  beforeEach(async () => {
    ana = await createPerson(server.connected, {
      values: { name: ['Ana', 'Anastasia'], gender: ['woman'], address: [{ locality: 'Riga' }] },
    });
    visitor = await signedInVisitor(server.url, ana);
  });

  const patch = async (claims: object): Promise<Answer> => {
    const address = `${server.url}/api/v1/account/profile`;
    const answer = await callApi(visitor, 'PATCH', address, { claims });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  const stored = async (): Promise<unknown[]> => {
    const attributes = await server.connected.vault.listAttributes(ana.accountId);
    return attributes
      .filter(({ claim }) => claim !== 'email')
      .map(({ claim, value }) => [claim, value]);
  };

  it('changes and adds the named claims, and leaves the others', async () => {
    const { status, body } = await patch({
      name: 'Ana Petrova',
      nickname: 'Anya',
      address: { locality: 'Riga', country: 'Latvia' },
    });
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body.claims).to.deep.include({
      name: 'Ana Petrova',
      nickname: 'Anya',
      gender: 'woman',
      address: { locality: 'Riga', country: 'Latvia' },
    });
    expect(await stored()).to.deep.include.members([
      ['name', 'Ana Petrova'],
      ['name', 'Anastasia'],
    ]);
  });

  it('null erases every value of a claim', async () => {
    const { status, body } = await patch({ name: null, gender: null, zoneinfo: null });
    expect(status).to.equal(200);
    expect(body.claims).not.to.have.any.keys('name', 'gender', 'zoneinfo');
    expect(await stored()).to.deep.equal([['address', { locality: 'Riga' }]]);
  });

  it('changes nothing when one claim is invalid, and returns an error for each', async () => {
    const before = await stored();
    const { status, body } = await patch({
      gender: null,
      name: 'Another Name',
      nickname: 'ab',
      website: 'javascript:alert(1)',
      address: { locality: 'x'.repeat(300) },
      email: 'new@example.org',
      picture: 'https://example.org/me.png',
      sub: 'another-subject',
      zoneinfo: 7,
    });
    expect(status).to.equal(400);
    expect(body.code).to.equal('profile_invalid');
    expect(body.fields).to.deep.equal({
      'claims.nickname': 'username_too_short',
      'claims.website': 'url_invalid',
      'claims.address.locality': 'value_too_long',
      'claims.email': 'claim_not_editable',
      'claims.picture': 'claim_not_editable',
      'claims.sub': 'claim_unknown',
      'claims.zoneinfo': 'value_invalid',
    });
    expect(await stored()).to.deep.equal(before);
  });

  it('refuses invalid names, and a body without claims', async () => {
    for (const claims of [{}, { __proto__: null, 'Bad Name': 'x' }, { 'a.b': 'x' }]) {
      expect((await patch(claims)).status).to.equal(400);
    }
  });

  it('counts the age to the day, and for a year alone from its last day', async () => {
    clock.set(new Date('2026-11-20T12:00:00Z'));
    visitor = await signedInVisitor(server.url, ana);
    const tries: readonly [string, string | null][] = [
      ['2008-11-21', 'age_too_low'],
      ['2008', 'age_too_low'],
      ['2030-01-01', 'age_too_low'],
      ['0000-05-20', 'birthdate_year_needed'],
      ['2008-02-30', 'birthdate_invalid'],
      ['2008-11-20', null],
      ['2007', null],
    ];
    for (const [birthdate, code] of tries) {
      const { status, body } = await patch({ birthdate });
      expect(body.fields?.['claims.birthdate'] ?? null, birthdate).to.equal(code);
      expect(status, birthdate).to.equal(code === null ? 200 : 400);
    }
    const page = await visitor.get('/account/values/add/birthdate');
    expect(page.status).to.equal(200);
    const refused = await visitor.submitForm('main form[method=post]', {
      day: '1',
      month: '1',
      year: '2020',
    });
    expect(refused.text).to.include('People of this age cannot use this service');
  });
});
