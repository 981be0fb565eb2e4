import { expect } from 'chai';

import type { Client, ClaimRequest } from '../../src/clients/index.ts';
import { parseConsentForm } from '../../src/consents/http.ts';
import { KEEP, request, visitShop, type ShopVisit } from './shop-visit.ts';
import { requestOf, codeOf, grantFor, openWorld, type World } from './world.ts';

describe('A request that has changed', () => {
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

  describe('kept on the earlier terms', () => {
    it('keeps the old purpose, which stays recorded, without a further prompt', async () => {
      await visit.answer(requestOf(shop), visit.share('name', 'email'));
      const before = await visit.itemOf('email');
      shop = await visit.register(
        request('name', { necessity: 'essential' }),
        request('email', { purpose: { en: 'To sell it' }, purposeVersion: 2 }),
      );
      expect(await visit.coversRequest(requestOf(shop))).to.equal(false);
      const question = await visit.questionOf(requestOf(shop));
      expect(question.canKeep).to.equal(true);
      const email = question.items.find(({ claim }) => claim === 'email');
      expect(email).to.deep.include({ changes: ['purpose'], earlierPurpose: 'Why email' });

      await visit.answer(requestOf(shop), KEEP);
      expect(await visit.itemOf('email')).to.deep.equal({ ...before, keptVersion: 2 });
      expect(await visit.coversRequest(requestOf(shop))).to.equal(true);
      expect(await visit.reads()).to.have.members(['name', 'email']);
      const [newest] = await visit.newEvents();
      expect(newest).to.deep.include({ kind: 'kept' });
      expect(newest?.details.kept).to.deep.equal(['email']);
    });

    it('prompts again for the next purpose after the declined one', async () => {
      await visit.answer(requestOf(shop), visit.share('name', 'email'));
      const asking = (purposeVersion: number) =>
        visit.register(
          request('name', { necessity: 'essential' }),
          request('email', { purpose: { en: `Reason ${String(purposeVersion)}` }, purposeVersion }),
        );
      shop = await asking(2);
      await visit.answer(requestOf(shop), KEEP);
      shop = await asking(3);
      expect(await visit.coversRequest(requestOf(shop))).to.equal(false);
    });

    it('completes without a new essential claim, which is not released', async () => {
      await visit.answer(requestOf(shop), visit.share('name', 'email'));
      shop = await visit.register(
        request('name', { necessity: 'essential' }),
        request('email'),
        request('birthdate', { necessity: 'essential' }),
      );
      const kept = await visit.answer(requestOf(shop), KEEP);
      expect(kept.items.find(({ claim }) => claim === 'birthdate')).to.deep.include({
        decision: 'refuse',
        attributeId: null,
        isEssential: false,
      });
      expect(await visit.coversRequest(requestOf(shop))).to.equal(true);
      expect(await visit.reads()).to.have.members(['name', 'email']);
    });

    it('keeps a refusal when the refused claim becomes essential', async () => {
      await visit.answer(requestOf(shop), visit.share('name'));
      shop = await visit.register(
        request('name', { necessity: 'essential' }),
        request('email', { necessity: 'essential', purposeVersion: 2 }),
      );
      const question = await visit.questionOf(requestOf(shop));
      expect(question.items.find(({ claim }) => claim === 'email')?.changes).to.deep.equal([
        'necessity',
        'over',
      ]);
      expect(question.canKeep).to.equal(true);
      await visit.answer(requestOf(shop), KEEP);
      expect(await visit.coversRequest(requestOf(shop))).to.equal(true);
      expect(await visit.reads()).to.deep.equal(['name']);
    });

    it('keeps the old expiry of a value that the app requests for longer', async () => {
      const modest = (longestDuration: ClaimRequest['longestDuration']) =>
        visit.register(
          request('name', { necessity: 'essential' }),
          request('email', { longestDuration }),
        );
      shop = await modest('30_days');
      await visit.answer(requestOf(shop), visit.share('name', 'email'));
      const before = await visit.itemOf('email');
      shop = await modest('1_year');
      const question = await visit.questionOf(requestOf(shop));
      expect(question.items.find(({ claim }) => claim === 'email')?.changes).to.deep.equal([
        'duration',
      ]);
      await visit.answer(requestOf(shop), KEEP);
      expect(await visit.itemOf('email')).to.deep.include({
        expiresAt: before?.expiresAt,
        duration: '30_days',
      });
      expect(await visit.coversRequest(requestOf(shop))).to.equal(true);
      // A request for less than the person has seen needs no prompt.
      shop = await modest('once');
      expect(await visit.coversRequest(requestOf(shop))).to.equal(true);
    });

    it('does not restore a value that was shared once and read meanwhile', async () => {
      await visit.answer(requestOf(shop), {
        ...visit.share('name', 'email'),
        durations: { email: 'once' },
      });
      shop = await visit.register(
        request('name', { necessity: 'essential' }),
        request('email', { purpose: { en: 'Other' }, purposeVersion: 2 }),
      );
      expect(await visit.reads()).to.include('email');
      await visit.answer(requestOf(shop), KEEP);
      expect(await visit.reads()).to.deep.equal(['name']);
    });

    it('is not possible when the essential value has expired', async () => {
      await visit.answer(requestOf(shop), {
        ...visit.share('name'),
        durations: { name: '30_days' },
      });
      world.clock.advance(31 * 86_400);
      shop = await visit.register(request('name', { necessity: 'essential' }), request('nickname'));
      const question = await visit.questionOf(requestOf(shop));
      expect(question.canKeep).to.equal(false);
      expect(await codeOf(visit.answer(requestOf(shop), KEEP))).to.equal('nothing_to_keep');
      expect(() =>
        parseConsentForm({ decision: 'keep', seen: question.version }, question),
      ).to.throw();
      world.clock.set(new Date());
    });

    it('allows nothing new by further fields of the form', async () => {
      await visit.answer(requestOf(shop), visit.share('name'));
      shop = await visit.register(...shop.requests, request('nickname'));
      const question = await visit.questionOf(requestOf(shop));
      const form = {
        decision: 'keep',
        seen: question.version,
        'claim.nickname': visit.id('nickname'),
        'scope.account:read': 'allow',
      };
      const result = parseConsentForm(form, question);
      if (result.kind !== 'allow') throw new Error('not kept');
      await visit.answer(requestOf(shop), result.decision);
      expect(await visit.reads()).to.deep.equal(['name']);
      expect((await visit.itemOf('nickname'))?.decision).to.equal('refuse');
    });
  });

  it('cannot make a claim essential with the claims parameter, or request an unregistered claim', async () => {
    const request = requestOf(shop, {
      claims: [
        { name: 'email', isEssential: true },
        { name: 'birthdate', isEssential: true },
      ],
    });
    const question = await visit.questionOf(request);
    expect(question.items.map(({ claim, isEssential }) => ({ claim, isEssential }))).to.deep.equal([
      { claim: 'name', isEssential: true },
      { claim: 'email', isEssential: false },
    ]);
    await visit.answer(request, visit.share('name'));
    expect(await visit.coversRequest(request)).to.equal(true);
  });

  it('does not prompt for claims that no scope of the app contains any more', async () => {
    await visit.answer(requestOf(shop), visit.share('name', 'email'));
    shop = await world.setClient({ id: shop.id, scopes: ['openid', 'profile'] });
    const released = await world.claims.releaseClaims({
      accountId: visit.accountId,
      clientId: shop.id,
      grantId: await grantFor(world, await visit.current()),
      scopes: ['openid', 'profile', 'email'],
      requestedClaims: ['email'],
      channel: 'userinfo',
    });
    expect(released).to.have.all.keys('name', 'updated_at');
    await world.setClient({ id: shop.id, scopes: ['openid', 'profile', 'email', 'phone'] });
  });

  it('prompts for an expired essential claim, also when the request does not contain it', async () => {
    await visit.answer(requestOf(shop), { ...visit.share('name'), durations: { name: '30_days' } });
    world.clock.advance(31 * 86_400);
    expect(await visit.coversRequest(requestOf(shop, { scopes: ['openid'] }))).to.equal(false);
    await visit.answer(requestOf(shop, { scopes: ['openid'] }), { claims: {} });
    expect(await visit.coversRequest(requestOf(shop, { scopes: ['openid'] }))).to.equal(true);
    world.clock.set(new Date());
  });
});
