import { expect } from 'chai';

import { settableClock, type SettableClock } from '../support/clock.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { waitFor } from '../support/wait-for.ts';
import { unzip } from './scene.ts';

const PAGE = '/account/export';
const API = '/api/v1/account/exports';

describe('The pages and API of exports', function () {
  this.timeout(60_000);
  let server: TestServer;
  let clock: SettableClock;
  let ana: TestPerson;
  let visitor: Visitor;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });

  after(() => server.stop());

  beforeEach(async () => {
    ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
    visitor = await signedInVisitor(server.url, ana);
  });

  async function untilReady(): Promise<string> {
    const latest = () => server.connected.exports.latest(ana.accountId);
    await waitFor('the export is ready', async () => (await latest())?.status === 'ready', 20_000);
    return (await latest())?.id ?? '';
  }

  const call = (method: 'GET' | 'POST', path: string, who = visitor): Promise<Response> =>
    callApi(who, method, `${server.url}${path}`, method === 'POST' ? {} : undefined);

  it('work from the first click to the file, without JavaScript', async () => {
    await visitor.get('/account/data');
    await visitor.follow('a[href="/account/export"]');
    expect(
      visitor.page.document.querySelector('form[action="/account/export"] button')?.text,
    ).to.equal('Prepare my data');
    await visitor.submitForm('form[action="/account/export"]');
    expect(visitor.page.url.pathname).to.equal(PAGE);
    await untilReady();
    await visitor.get(PAGE);
    expect(visitor.page.text).to.include('Your data is ready');
    const fields = Object.fromEntries(
      visitor.page.document
        .querySelectorAll('form[action="/account/export/download"] input')
        .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
    );
    const answer = await visitor.request('/account/export/download', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    });
    expect(answer.headers.get('content-disposition')).to.match(
      /^attachment; filename="my-data-\d{4}-\d\d-\d\d\.zip"$/,
    );
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    const files = unzip(Buffer.from(await answer.arrayBuffer()));
    expect(files.get('index.html')?.toString('utf8')).to.include('Ana Petrova');
    await visitor.get(PAGE);
    expect(visitor.page.text).to.include('You have downloaded your data');
    await visitor.get('/account/history');
    expect(visitor.page.text)
      .to.include('You downloaded your data')
      .and.to.include('You requested a copy of your data');
  });

  it('show the progress', async () => {
    await server.connected.db.pool.query(
      `insert into account_exports (id, account_id, status, locale, steps_done, steps_total, requested_at, updated_at)
       values (gen_random_uuid(), $1, 'running', 'en', 6, 18, now(), now())`,
      [ana.accountId],
    );
    await visitor.get(PAGE);
    const { document } = visitor.page;
    expect(document.querySelector('progress')?.getAttribute('value')).to.equal('6');
    expect(document.querySelector('[role=status][aria-live=polite]')).not.to.equal(null);
    expect(document.querySelector('a.button[href="/account/export"]')).not.to.equal(null);
    expect(document.querySelector('form[action="/account/export"]')).to.equal(null);
  });

  it('return the same through the API', async () => {
    const response = await call('POST', API);
    expect(response.status).to.equal(202);
    const { id, status } = (await response.json()) as { id: string; status: string };
    expect(status).to.equal('waiting');
    expect((await call('POST', API)).status).to.be.oneOf([202, 409]);
    const exportId = await untilReady();
    const seen = (await (await call('GET', `${API}/${exportId}`)).json()) as {
      status: string;
      bytes: number;
    };
    expect(seen.status).to.equal('ready');
    expect(seen.bytes).to.be.greaterThan(100);
    const head = await visitor.request(`${server.url}${API}/${exportId}/download`, {
      method: 'HEAD',
    });
    expect(head.status).to.equal(405);
    const file = await call('GET', `${API}/${exportId}/download`);
    expect(file.status).to.equal(200);
    expect(file.headers.get('content-type')).to.equal('application/zip');
    expect(file.headers.get('content-disposition')).to.match(
      /^attachment; filename="my-data-.+\.zip"$/,
    );
    expect(unzip(Buffer.from(await file.arrayBuffer())).has('data.json')).to.equal(true);
    const again = await call('GET', `${API}/${exportId}/download`);
    expect(again.status).to.equal(410);
    expect(await again.json()).to.include({ code: 'export_gone' });
    expect(id).to.be.a('string');
  });

  it('refuse the file of another person', async () => {
    await call('POST', API);
    const exportId = await untilReady();
    const eve = await createPerson(server.connected);
    const attacker = await signedInVisitor(server.url, eve);
    for (const path of [`${API}/${exportId}`, `${API}/${exportId}/download`]) {
      const answer = await call('GET', path, attacker);
      expect(answer.status).to.equal(404);
      expect(await answer.json()).to.include({ code: 'export_not_found' });
    }
    for (const path of [`${API}/${exportId}`, `${API}/${exportId}/download`]) {
      expect((await fetch(`${server.url}${path}`)).status).to.equal(401);
    }
    expect((await server.connected.exports.latest(ana.accountId))?.status).to.equal('ready');
  });

  it('refuse every access token, whatever its scopes', async () => {
    await call('POST', API);
    const exportId = await untilReady();
    const scopes = ['openid', 'account:read', 'account:write'];
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes });
    const tokens = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: scopes.join(' ') },
      choices: { 'scope.account:read': 'allow', 'scope.account:write': 'allow' },
    });
    const headers = {
      authorization: `Bearer ${tokens.access_token}`,
      'content-type': 'application/json',
    };
    const answers = await Promise.all([
      fetch(`${server.url}${API}`, { method: 'POST', headers, body: '{}' }),
      fetch(`${server.url}${API}/${exportId}`, { headers }),
      fetch(`${server.url}${API}/${exportId}/download`, { headers }),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([403, 403, 403]);
    expect((await server.connected.exports.latest(ana.accountId))?.status).to.equal('ready');
  });

  it('require a fresh proof of identity for the request and the download', async () => {
    await call('POST', API);
    const exportId = await untilReady();
    clock.advance(1_200);
    for (const [method, path] of [
      ['POST', API],
      ['GET', `${API}/${exportId}/download`],
    ] as const) {
      const answer = await call(method, path);
      expect(answer.status).to.equal(403);
      expect(await answer.json()).to.include({ code: 'fresh_sign_in_required' });
    }
    await visitor.get(PAGE);
    await visitor.submitForm('form[action="/account/export/download"]');
    const way = visitor.page.trail.map(
      ({ pathname, searchParams }) => pathname + (searchParams.get('prompt') ?? ''),
    );
    expect(way[1]).to.equal('/authlogin');
    expect(visitor.page.headers.get('content-type')).to.include('text/html');
    expect((await server.connected.exports.latest(ana.accountId))?.status).to.equal('ready');
  });

  it('refuse requests of other sites', async () => {
    const answer = await visitor.request(`${server.url}${API}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      },
      body: '{}',
    });
    expect(answer.status).to.equal(403);
    expect(await server.connected.exports.latest(ana.accountId)).to.equal(null);
  });
});
