import { expect } from 'chai';

import { accountProfileRoutes } from '../../src/claims/http.ts';
import type { Client } from '../../src/clients/index.ts';
import {
  connectedAppApiRoutes,
  connectedAppRoutes,
  type PreviewAnswers,
} from '../../src/connected-apps/http.ts';
import { createConnectedApps } from '../../src/connected-apps/index.ts';
import { historyApiRoutes, historyRoutes } from '../../src/activity/http.ts';
import { createActivity } from '../../src/activity/index.ts';
import { attributeRoutes } from '../../src/vault/attributes/attribute-routes.ts';
import type { Caller } from '../../src/http/routing/caller.ts';
import { openApp, type OpenApp } from '../http/open-app.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';
import {
  requestOf,
  decide,
  grantFor,
  openWorld,
  type TestAccount,
  type World,
} from '../consents/world.ts';
import { translator } from '../support/translations.ts';

const READ = new Set(['openid', 'account:read']);
const WRITE = new Set(['openid', 'account:read', 'account:write']);

describe('Connected apps', () => {
  let world: World;
  let app: OpenApp;
  let ana: TestAccount;
  let eve: TestAccount;
  let client: Client;
  let grantId: string;
  let toolGrantId: string;
  let visitor: Visitor;
  const id = (claim: string, index = 0): string => ana.ids[claim]?.[index] ?? '';

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({
      name: ['Ana Petrova'],
      email: ['ana@work.example', 'ana@home.example'],
      birthdate: ['1990-04-12'],
    });
    eve = await world.createAccount({ name: ['Eve'] });
    const purpose = { en: 'Receipts' };
    const common = { purpose, purposeVersion: 1, longestDuration: '1_year' } as const;
    client = await world.setClient({
      id: 'bookshop',
      clientUri: 'https://bookshop.example',
      requests: [
        { claim: 'name', necessity: 'essential', ...common },
        { claim: 'email', necessity: 'voluntary', ...common },
        { claim: 'birthdate', necessity: 'voluntary', ...common },
      ],
    });
    const consent = await decide(world, ana.id, {
      request: requestOf(client),
      decision: { claims: { name: id('name'), email: id('email') } },
    });
    grantId = await grantFor(world, consent);
    const tool = await world.setClient({ id: 'tool', scopes: ['openid', 'account:read'] });
    const request = requestOf(tool, { scopes: tool.scopes });
    const decision = { claims: {}, scopes: { 'account:read': 'allow' } } as const;
    toolGrantId = await grantFor(world, await decide(world, ana.id, { request, decision }));
    const words = translator;
    // The preview itself is tested in test/flows/consent/released-values-preview.test.ts.
    const previewAnswers: PreviewAnswers = async (who) => {
      const consent = await world.consents.find(who);
      const scopes = consent?.scopes.map(({ scope }) => scope) ?? [];
      const userinfo = await world.claims.previewRelease({ ...who, scopes, requestedClaims: [] });
      return { userinfo, idToken: {} };
    };
    const slices = { ...world, issuer: 'https://id.example', clients: { find: findClient } };
    const connectedApps = createConnectedApps(slices);
    const activity = createActivity(slices);
    const deps = { ...slices, connectedApps, activity, words, previewAnswers };
    app = await openApp({
      settings: { clock: world.clock },
      callers: callers(),
      routes: [
        ...connectedAppRoutes(deps),
        ...connectedAppApiRoutes(deps),
        ...historyRoutes(deps),
        ...historyApiRoutes(deps),
        ...accountProfileRoutes(deps),
        ...attributeRoutes({ ...deps, recordTokenRead: world.claims.recordTokenRead }),
      ],
    });
    visitor = visitorFor('ana');
  });
  after(async () => {
    await app.close();
    await world.close();
  });

  /** A browser to which the server is at its public address. */
  const visitorFor = (caller: string): Visitor =>
    createVisitor({
      baseUrl: 'http://id.example',
      headers: { 'x-test-caller': caller },
      fetch: (address, init) => {
        const { pathname, search } = new URL(address instanceof Request ? address.url : address);
        return app.fetch(`${pathname}${search}`, init);
      },
    });
  const findClient = (clientId: string) => Promise.resolve(clientId === client.id ? client : null);
  function callers(): Record<string, Caller> {
    const session = {
      kind: 'person',
      via: 'session',
      isAdministrator: false,
      sessionUid: 's',
      authenticatedAt: world.clock.now(),
    } as const;
    const token = {
      kind: 'person',
      via: 'token',
      isAdministrator: false,
      authenticatedAt: null,
    } as const;
    const bookshop = { kind: 'app', accountId: ana.id, clientId: client.id, grantId } as const;
    return {
      ana: { ...session, accountId: ana.id },
      eve: { ...session, accountId: eve.id },
      changer: { ...token, accountId: ana.id, clientId: 'bookshop', grantId, scopes: WRITE },
      tool: { ...token, accountId: ana.id, clientId: 'tool', grantId: toolGrantId, scopes: READ },
      bookshop: {
        ...bookshop,
        scopes: new Set(['openid', 'profile', 'email']),
        requestedClaims: ['birthdate'],
      },
    };
  }
  const api = async (caller: string, path: string, init: RequestInit = {}) => {
    const headers = { 'x-test-caller': caller, 'sec-fetch-site': 'same-origin' };
    return app.fetch(path, {
      ...init,
      headers: { ...headers, ...(init.body ? { 'content-type': 'application/json' } : {}) },
    });
  };
  const json = async (response: Response) => (await response.json()) as Record<string, never>;

  it('release the allowed values at the account API after the ledger row is written', async () => {
    const { claims } = await json(await api('bookshop', '/api/v1/account/profile'));
    expect(claims).to.have.all.keys('name', 'email', 'email_verified', 'updated_at');
    const [row] = await world.ledger.list({ accountId: ana.id, limit: 1 });
    expect(row).to.include({ clientId: 'bookshop', channel: 'account_api', grantId });
    expect(row?.claims).not.to.include('birthdate');
  });

  it('record reads of defaults by tokens, and not by the person', async () => {
    const before = await world.ledger.list({ accountId: ana.id, limit: 100 });
    const own = await json(await api('ana', '/api/v1/account/profile'));
    expect(own['claims']).to.include({ birthdate: '1990-04-12', email: 'ana@work.example' });
    expect(await world.ledger.list({ accountId: ana.id, limit: 100 })).to.have.length(
      before.length,
    );
    const read = await json(await api('tool', '/api/v1/account/profile'));
    expect(read).to.deep.equal(own);
    const [row] = await world.ledger.list({ accountId: ana.id, limit: 1 });
    expect(row).to.include({ clientId: 'tool', channel: 'account_api' });
  });

  it('record every read with a token of the person, and none by the person', async () => {
    const rows = async () => (await world.ledger.list({ accountId: ana.id, limit: 200 })).length;
    const paths = [
      '/api/v1/account/attributes',
      `/api/v1/account/attributes/${id('birthdate')}`,
      '/api/v1/account/apps/bookshop/preview',
    ];
    for (const path of paths) {
      const before = await rows();
      expect((await api('ana', path)).status).to.equal(200);
      expect(await rows()).to.equal(before);
      expect((await api('tool', path)).status).to.equal(200);
      expect(await rows()).to.equal(before + 1);
    }
  });

  it('cannot use the pages and operations of a person', async () => {
    for (const path of [
      '/api/v1/account/apps',
      '/api/v1/account/releases',
      '/api/v1/account/apps/bookshop',
    ]) {
      expect((await api('bookshop', path)).status).to.equal(403);
      expect((await api('nobody', path)).status).to.equal(401);
    }
    const change = { method: 'DELETE' };
    expect((await api('tool', '/api/v1/account/apps/bookshop', change)).status).to.equal(403);
  });

  it('are listed with their values in words, start, last read and end; an empty list has a message', async () => {
    const page = await visitor.get('/account/apps');
    expect(page.text)
      .to.include('Sees your name and one e-mail address')
      .and.match(/Since .* · last read .* · until /);
    expect(page.document.querySelector('a[href="/account/apps/bookshop/end"]')).not.to.equal(null);
    expect((await visitor.get('/account/apps?q=nothing')).text).to.include('No app matches');
    expect((await visitor.get('/account/apps?q=BOOKSHOP.example')).text).to.include(
      'Sees your name',
    );
    const otherVisitor = visitorFor('eve');
    expect((await otherVisitor.get('/account/apps')).text).to.include('No app sees anything');
    expect((await otherVisitor.get('/account/apps/bookshop')).status).to.equal(404);
  });

  it('are shown with the real values and the exact present answers', async () => {
    const page = await visitor.get('/account/apps/bookshop');
    expect(page.text).to.include('Ana Petrova').and.include('ana@work.example');
    const shown = JSON.parse(page.document.querySelector('.preview')?.text ?? '') as object;
    const { claims } = await json(await api('bookshop', '/api/v1/account/profile'));
    expect(shown).to.deep.equal(claims);
    expect(page.text).to.include('The app also learns that you confirmed it.');
    const preview = await json(await api('ana', '/api/v1/account/apps/bookshop/preview'));
    expect(preview['claims']).to.deep.equal(claims);
  });

  it('receive a changed value, also without JavaScript on the page', async () => {
    await visitor.get('/account/apps/bookshop');
    const page = await visitor.submitForm('form[action$="/items/email"]', {
      choice: id('email', 1),
      duration: '30_days',
    });
    expect(page.text).to.include('Saved').and.include('ana@home.example');
    const { claims } = await json(await api('bookshop', '/api/v1/account/profile'));
    expect(claims).to.include({ email: 'ana@home.example' });
    const wrong = await visitor.submitForm('form[action$="/items/email"]', { choice: id('name') });
    expect(wrong.status).to.equal(422);
    expect(wrong.text).to.include('This value is no longer there');
  });

  it('receive a value changed through the API, by the same rules', async () => {
    const path = '/api/v1/account/apps/bookshop/items';
    const patch = (claim: string, body: object) =>
      api('ana', `${path}/${claim}`, { method: 'PATCH', body: JSON.stringify(body) });
    const changed = await json(await patch('email', { attributeId: null }));
    const items = changed['items'] as unknown as { claim: string; state: string }[];
    expect(items.find(({ claim }) => claim === 'email')?.state).to.equal('refused');
    const refused = await json(await patch('name', { attributeId: null }));
    expect(refused['code']).to.equal('essential_needs_end');
    const foreign = await json(await patch('email', { attributeId: eve.ids['name']?.[0] }));
    expect(foreign['code']).to.equal('attribute_not_found');
  });

  it('can refuse a claim with a token, and never share one', async () => {
    const path = '/api/v1/account/apps/bookshop/items/birthdate';
    const patch = (attributeId: string | null) =>
      api('changer', path, { method: 'PATCH', body: JSON.stringify({ attributeId }) });
    const shared = await patch(id('birthdate'));
    expect(shared.status).to.equal(403);
    expect((await json(shared))['code']).to.equal('sharing_needs_session');
    expect((await patch(null)).status).to.equal(200);
  });

  it('have a history with folded reads, decisions, and pages of releases', async () => {
    for (let index = 0; index < 3; index += 1) await api('bookshop', '/api/v1/account/profile');
    const page = await visitor.get('/account/history');
    expect(page.text)
      .to.include('Bookshop read your name')
      .and.match(/\d times/);
    expect(page.text).to.include('You shared data with Bookshop');
    const filtered = await visitor.get('/account/history?claim=birthdate');
    expect(filtered.text).not.to.include('Bookshop read your');
    const all: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const query = next === '' ? '' : `&before=${encodeURIComponent(next)}`;
      const answer = await json(
        await api('ana', `/api/v1/account/releases?clientId=bookshop&limit=2${query}`),
      );
      all.push(...(answer['releases'] as unknown as { id: string }[]).map((release) => release.id));
      next = answer['next'] as unknown as string | null;
    }
    const rows = await world.ledger.list({ accountId: ana.id, clientId: 'bookshop', limit: 100 });
    expect(all).to.deep.equal(rows.map((row) => row.id));
    const bad = await api('ana', '/api/v1/account/releases?before=x');
    expect((await json(bad))['code']).to.equal('cursor_invalid');
    const events = await json(await api('ana', '/api/v1/account/consent-events?limit=1'));
    expect(events['events']).to.have.length(1);
    expect(events['next']).to.be.a('string');
  });

  it('lose access only after the page has named the consequences', async () => {
    const consequences = await visitor.get('/account/apps/bookshop/end');
    expect(consequences.text).to.include('What Bookshop already has stays with it');
    expect(await world.tokens.findGrant(grantId)).not.to.equal(null);
    const page = await visitor.submitForm('form[action$="/end"]');
    expect(page.text).to.include('Bookshop’s access has ended');
    expect(await world.consents.find({ accountId: ana.id, clientId: client.id })).to.equal(null);
    const { claims } = await json(await api('bookshop', '/api/v1/account/profile'));
    expect(claims).to.deep.equal({});
    const repeated = await api('ana', '/api/v1/account/apps/bookshop', { method: 'DELETE' });
    expect(repeated.status).to.equal(204);
  });
});
