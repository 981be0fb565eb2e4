import { expect } from 'chai';

import { checkUpRoutes } from '../../src/connected-apps/http.ts';
import { createConnectedApps, type ConnectedApps } from '../../src/connected-apps/index.ts';
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

const DAY = 86_400;
const API = 'http://id.example/api/v1/account/check-up';

describe('The yearly check-up', () => {
  let world: World;
  let app: OpenApp;
  let ana: TestAccount;
  let connectedApps: ConnectedApps;
  let visitor: Visitor;

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({
      name: ['Ana Petrova'],
      nickname: ['Anya'],
      email: ['ana@work.example'],
      phone_number: ['+12025550143'],
    });
    const shop = await world.setClient({
      id: 'shop',
      name: 'Bookshop',
      requests: [
        {
          claim: 'name',
          necessity: 'essential',
          purpose: { en: 'To address you' },
          purposeVersion: 1,
          longestDuration: 'until_withdrawn',
        },
        ...['email', 'phone_number'].map((claim) => ({
          claim,
          necessity: 'voluntary' as const,
          purpose: { en: `Why ${claim}` },
          purposeVersion: 1,
          longestDuration: 'until_withdrawn' as const,
        })),
      ],
    });
    const club = await world.setClient({
      id: 'club',
      name: 'Club',
      scopes: ['openid', 'profile', 'account:read'],
    });
    const id = (claim: string) => ana.ids[claim]?.[0] ?? '';
    const consent = await decide(world, ana.id, {
      request: requestOf(shop, { scopes: ['openid', 'profile', 'email', 'phone'] }),
      decision: {
        claims: {
          name: id('name'),
          email: id('email'),
          phone_number: id('phone_number'),
        },
      },
    });
    await decide(world, ana.id, {
      request: requestOf(club, { scopes: ['openid', 'profile', 'account:read'] }),
      decision: { claims: { nickname: id('nickname') }, scopes: { 'account:read': 'allow' } },
    });
    await world.claims.releaseClaims({
      accountId: ana.id,
      clientId: shop.id,
      grantId: await grantFor(world, consent),
      scopes: ['openid', 'profile', 'email'],
      requestedClaims: [],
      channel: 'userinfo',
    });
    const session = {
      kind: 'person',
      isAdministrator: false,
      accountId: ana.id,
      authenticatedAt: world.clock.now(),
    } as const;
    const clients = {
      find: (clientId: string) => Promise.resolve(clientId === 'shop' ? shop : club),
    };
    connectedApps = createConnectedApps({ ...world, issuer: 'https://id.example', clients });
    app = await openApp({
      settings: { clock: world.clock },
      callers: {
        ana: { ...session, via: 'session', sessionUid: 's' },
        tool: {
          ...session,
          via: 'token',
          authenticatedAt: null,
          clientId: 'tool',
          grantId: 'grant',
          scopes: new Set(['account:read', 'account:write']),
        },
      },
      routes: checkUpRoutes({ ...world, connectedApps }),
    });
    visitor = createVisitor({
      baseUrl: 'http://id.example',
      headers: { 'x-test-caller': 'ana' },
      fetch: (address, init) => {
        const { pathname, search } = new URL(address instanceof Request ? address.url : address);
        return app.fetch(`${pathname}${search}`, init);
      },
    });
  });
  after(async () => {
    await app.close();
    await world.close();
  });

  it('shows the most sensitive entries first, and of these the never read ones', async () => {
    await visitor.get('http://id.example/account/check-up');
    const rows = visitor.page.document
      .querySelectorAll('.item')
      .map(({ text }) => text.replaceAll(/\s+/g, ' '));
    const order = ['Read your whole account', '+1 202 555 0143', 'Ana Petrova', 'Anya', 'ana@work'];
    const places = order.map((words) => rows.findIndex((row) => row.includes(words)));
    expect(places, rows.join('\n')).to.not.include(-1);
    const [account = 0, phone = 0, name = 0, nickname = 0, email = 0] = places;
    expect(Math.max(account, phone)).to.be.lessThan(email);
    expect([email, nickname, name]).to.deep.equal([2, 3, 4]);
    expect(rows[phone]).to.include('Never read');
  });

  it('stops sharing with one click, and links to ending access for essential values', async () => {
    await visitor.get('http://id.example/account/check-up');
    const { document } = visitor.page;
    expect(document.querySelector('form[action$="/items/name"]')).to.equal(null);
    expect(document.querySelector('a[href="/account/apps/shop/end"]')).not.to.equal(null);
    await visitor.submitForm('form[action$="/apps/shop/items/phone_number"]');
    expect(visitor.page.text).not.to.include('+1 202 555 0143');
    const consent = await world.consents.find({ accountId: ana.id, clientId: 'shop' });
    const phone = consent?.items.find(({ claim }) => claim === 'phone_number');
    expect(phone?.decision).to.equal('refuse');
  });

  it('is due a year after the first app, then a year after the last review', async () => {
    const isDue = async () => (await connectedApps.checkUpTimes(ana.id)).isDue;
    expect(await isDue()).to.equal(false);
    world.clock.advance(370 * DAY);
    expect(await isDue()).to.equal(true);
    await visitor.get('http://id.example/account/check-up');
    await visitor.submitForm('form[action="/account/check-up"]').catch(() => undefined);
    expect(await isDue()).to.equal(false);
    world.clock.advance(370 * DAY);
    expect(await isDue()).to.equal(true);
    world.clock.set(new Date());
  });

  it('has the same content in the API, and cannot be recorded by an app', async () => {
    const response = await app.fetch(new URL(API).pathname, {
      headers: { 'x-test-caller': 'tool' },
    });
    const { rows } = (await response.json()) as { rows: { claim: string | null }[] };
    expect(rows.map(({ claim }) => claim)).to.include.members(['name', 'email', 'nickname', null]);
    const looked = await app.fetch(new URL(API).pathname, {
      method: 'POST',
      headers: { 'x-test-caller': 'tool' },
    });
    expect(looked.status).to.equal(403);
  });

  it('is never due for a person without apps', async () => {
    const other = await world.createAccount({});
    world.clock.advance(800 * DAY);
    expect((await connectedApps.checkUpTimes(other.id)).isDue).to.equal(false);
    world.clock.set(new Date());
  });
});
