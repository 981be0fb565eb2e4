import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import { KEEP, request, visitShop, type ShopVisit } from './shop-visit.ts';
import { requestOf, openWorld, type World } from './world.ts';

describe('A request with fewer claims', () => {
  let world: World;
  let visit: ShopVisit;
  let shop: Client;
  let visits = 0;

  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    visits += 1;
    visit = await visitShop(world, visits);
    shop = visit.shop;
  });

  it('lists dropped claims, which leave the consent with the decision and return only after a new consent', async () => {
    const all = requestOf(shop);
    await visit.answer(all, visit.share('name', 'email'));
    shop = await visit.register(request('name', { necessity: 'essential' }), request('nickname'));
    const question = await visit.questionOf(requestOf(shop));
    expect(question.dropped).to.deep.equal(['E-mail']);
    await visit.answer(requestOf(shop), visit.share('nickname'));
    expect(await visit.itemOf('email')).to.equal(undefined);
    const [newest] = await visit.newEvents();
    expect(newest?.details.dropped?.claims).to.deep.equal(['email']);
    shop = await visit.register(request('name', { necessity: 'essential' }), request('email'));
    expect(await visit.coversRequest(requestOf(shop))).to.equal(false);
    expect(await visit.reads()).to.deep.equal(['name']);
  });

  it('ends with the deleted app, also on a node whose copy of the app is older than the deletion', async () => {
    await visit.answer(requestOf(shop), visit.share('name'));
    expect(shop.status).to.equal('active');
    expect(await world.consents.endOfApp(shop.id)).to.equal(1);
    expect(await world.consents.list(visit.accountId)).to.have.lengthOf(0);
  });

  it('drops scopes and values also when the old set is kept', async () => {
    await visit.answer(requestOf(shop), visit.share('name', 'email'));
    await visit.answer(requestOf(shop, { scopes: ['openid', 'profile', 'phone'] }), KEEP);
    const { items, scopes } = await visit.current();
    expect(items.map(({ claim }) => claim)).not.to.include('email');
    expect(scopes.map(({ scope }) => scope)).not.to.include('email');
    expect(await visit.reads()).to.deep.equal(['name']);
  });

  it('changes nothing without a prompt: a narrower request is answered unchanged', async () => {
    await visit.answer(requestOf(shop), visit.share('name', 'email'));
    const narrow = requestOf(shop, { scopes: ['openid'] });
    expect(await visit.coversRequest(narrow)).to.equal(true);
    expect(await visit.reads()).to.have.members(['name', 'email']);
  });

  it('keeps refusals, so that no prompt is repeated', async () => {
    await visit.answer(requestOf(shop), visit.share('name'));
    await visit.answer(requestOf(shop, { scopes: ['openid', 'profile'] }), visit.share('name'));
    expect(await visit.coversRequest(requestOf(shop))).to.equal(false);
    expect((await visit.itemOf('email'))?.decision).to.equal('refuse');
  });

  it('does not prompt again for a scope of which the app registered no claim', async () => {
    shop = await visit.register(request('email'));
    await visit.answer(requestOf(shop, { scopes: ['openid', 'email'] }), visit.share('email'));
    const wider = requestOf(shop, { scopes: ['openid', 'profile', 'email'] });
    expect(await visit.coversRequest(wider)).to.equal(true);
  });

  it('does not change permissions of an API that is not in the request', async () => {
    const api = 'https://orders.example/api';
    const scope = { scope: 'orders:read', resource: api };
    await defineApi(api);
    shop = await world.setClient({ id: shop.id, scopes: [...shop.scopes, 'orders:read'] });
    const withApi = requestOf(shop, {
      scopes: ['openid', 'profile', 'email', 'orders:read'],
      resources: [api],
    });
    await visit.answer(withApi, {
      ...visit.share('name', 'email'),
      scopes: { 'orders:read': 'allow' },
    });
    await visit.answer(requestOf(shop), visit.share('name', 'email'));
    expect((await visit.current()).scopes).to.deep.include({ ...scope, decision: 'allow' });
    // A request for the API alone does not change values.
    await visit.answer(requestOf(shop, { scopes: ['openid', 'orders:read'], resources: [api] }), {
      claims: {},
    });
    expect(await visit.reads()).to.have.members(['name', 'email']);
  });

  async function defineApi(identifier: string): Promise<void> {
    const words = { en: 'Orders', ru: 'Заказы' };
    const actorId = visit.accountId;
    await world.scopes.defineResourceServer({
      actorId,
      identifier,
      title: words,
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 900,
    });
    await world.scopes.defineScope({
      actorId,
      name: 'orders:read',
      resource: identifier,
      title: words,
      description: words,
      sensitivity: 'low',
    });
  }
});
