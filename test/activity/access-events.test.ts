import { expect } from 'chai';

import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0';

interface AccessEvent {
  readonly id: string;
  readonly kind: string;
  readonly occurredAt: string;
  readonly ip: string;
  readonly browser: string | null;
  readonly amr: readonly string[];
}

describe('The sign-ins and security events of a person (L-02)', () => {
  let server: TestServer;
  let person: TestPerson;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
    person = await createPerson(server.connected, { values: { nickname: ['Ana'] } });
    const stranger = visitorAt(server.url, { headers: { 'user-agent': FIREFOX } });
    await stranger.get('/account');
    await signIn(stranger, { ...person, password: 'not the password' });
    visitor = await signedInVisitor(server.url, person);
    await server.connected.vault.addAttribute({
      accountId: person.accountId,
      claim: 'nickname',
      value: 'Anya',
    });
    const other = await createPerson(server.connected);
    await signedInVisitor(server.url, other);
  });
  after(() => server.stop());

  const list = async (query = '') => {
    const answer = await callApi(
      visitor,
      'GET',
      `${server.url}/api/v1/account/access-events${query}`,
    );
    expect(answer.status).to.equal(200);
    return (await answer.json()) as { events: AccessEvent[]; next: string | null };
  };

  it('are listed newest first with address, browser and methods, without other changes or other people', async () => {
    const { events } = await list();
    expect(events.map(({ kind }) => kind)).to.deep.equal(['sign_in.succeeded', 'sign_in.failed']);
    expect(events[0]).to.deep.include({ amr: ['pwd'], browser: null });
    expect(events[1]).to.deep.include({ amr: [], browser: 'Firefox' });
    for (const { ip } of events) expect(ip).to.match(/^(?:127\.0\.0\.1|::1)$/);
  });

  it('are read in pages and limited to a time', async () => {
    const first = await list('?limit=1');
    expect(first.events).to.have.length(1);
    const second = await list(`?limit=1&before=${first.next ?? ''}`);
    expect(second.events.map(({ kind }) => kind)).to.deep.equal(['sign_in.failed']);
    expect(second.next).to.equal(null);
    const from = first.events[0]?.occurredAt ?? '';
    const since = await list(`?from=${encodeURIComponent(from)}`);
    expect(since.events).to.have.length(1);
    const until = await list(`?until=${encodeURIComponent(from)}`);
    expect(until.events.map(({ kind }) => kind)).to.deep.equal(['sign_in.failed']);
  });

  it('are downloaded as CSV and JSON', async () => {
    const url = `${server.url}/api/v1/account/access-events/export`;
    const csv = await callApi(visitor, 'GET', `${url}?format=csv`);
    expect(csv.headers.get('content-disposition')).to.match(/sign-ins-[\d-]+\.csv/);
    const lines = (await csv.text()).trim().split('\r\n');
    expect(lines[0]).to.equal('time,event,address,browser,system,methods');
    expect(lines).to.have.length(3);
    expect(lines[2]).to.include('sign_in.failed').and.to.include('Firefox,Windows');
    const json = (await (await callApi(visitor, 'GET', url)).json()) as { events: unknown[] };
    expect(json.events).to.deep.equal((await list()).events);
  });

  it('have a filter on the page of the history, with the device and the factors', async () => {
    const page = await visitor.get(`${server.url}/account/history?kind=access`);
    expect(page.text).to.include('You signed in').and.to.include('password');
    expect(page.text).to.include('A sign-in attempt failed').and.to.include('Firefox, Windows');
    expect(page.text).not.to.include('You added to your profile');
    expect(page.document.querySelector('a[href*="access-events/export?format=csv"]')).not.to.equal(
      null,
    );
    const others = await visitor.get(`${server.url}/account/history?kind=account`);
    expect(others.text).to.include('You added to your profile').and.not.to.include('You signed in');
  });
});
