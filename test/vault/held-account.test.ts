import { expect } from 'chai';
import pg from 'pg';

import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

/** Longer than a statement waits for a row, shorter than a browser waits for an answer. */
const MOST_MS = 6_000;

describe('A change of an account whose values another change holds for seconds', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;
  let holder: pg.Client;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana'] } });
    visitor = await signedInVisitor(server.url, ana);
    holder = new pg.Client({ connectionString: server.databaseUrl });
    await holder.connect();
  });
  after(async () => {
    await holder?.end();
    await server?.stop();
  });
  beforeEach(async () => {
    await holder.query('begin');
    await holder.query('select 1 from account_keys where account_id = $1 for update', [
      ana.accountId,
    ]);
  });
  afterEach(() => holder.query('rollback'));

  const names = async (): Promise<unknown[]> => {
    const all = await server.connected.vault.listAttributes(ana.accountId);
    return all.filter(({ claim }) => claim === 'name').map(({ value }) => value);
  };
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work;
    expect(performance.now() - begun).to.be.lessThan(MOST_MS);
    return result;
  };

  it('is refused by the API with 503 change_in_progress, and can be repeated', async () => {
    const address = `${server.url}/api/v1/account/profile`;
    const send = () => callApi(visitor, 'PATCH', address, { claims: { name: 'Anna' } });
    const refused = await timed(send());
    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('2');
    expect(await refused.json()).to.include({ code: 'change_in_progress' });
    expect(await names()).to.deep.equal(['Ana']);
    await holder.query('rollback');
    expect((await send()).status).to.equal(200);
    expect(await names()).to.deep.equal(['Anna']);
    await callApi(visitor, 'PATCH', address, { claims: { name: 'Ana' } });
  });

  it('shows its form again with everything that was typed', async () => {
    await visitor.get(`${server.url}/account/values/add/website`);
    const page = await timed(
      visitor.submitForm('form.form', { value: 'https://ana.example/', label: 'home' }),
    );
    expect(page.status).to.equal(503);
    expect(page.text).to.include('Another change is being saved right now');
    const typed = (name: string) =>
      page.document.querySelector(`input[name=${name}]`)?.getAttribute('value');
    expect([typed('value'), typed('label')]).to.deep.equal(['https://ana.example/', 'home']);
  });

  it('without a form leads to a page that states it', async () => {
    const id = ana.attributeIds['name']?.[0] ?? '';
    await visitor.get(`${server.url}/account/values/add/nickname`);
    const token = visitor.page.document.querySelector('input[name=_csrf]')?.getAttribute('value');
    const answer = await timed(
      visitor.request(`${server.url}/account/values/${id}/default`, {
        method: 'POST',
        body: new URLSearchParams({ _csrf: token ?? '' }),
        headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
      }),
    );
    expect(answer.status).to.equal(503);
    expect(await answer.text()).to.include('Another change is being saved');
  });
});
