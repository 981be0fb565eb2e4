import { expect } from 'chai';

import type { Client, ClaimRequest } from '../../src/clients/index.ts';
import {
  parseConsentForm,
  type AuthorizationAsk,
  type Consent,
  type ConsentAnswers,
} from '../../src/consents/index.ts';
import {
  askOf,
  codeOf,
  decide,
  grantFor,
  openWorld,
  type TestAccount,
  type World,
} from './world.ts';

const KEEP: ConsentAnswers = { isKept: true, claims: {} };

describe('A request that has changed', () => {
  let world: World;
  let ana: TestAccount;
  let people = 0;
  let shop: Client;

  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    people += 1;
    ana = await world.createAccount({
      name: ['Ana Petrova'],
      email: [`ana${String(people)}@work.example`],
      nickname: ['Anya'],
      birthdate: ['1990-04-12'],
    });
    shop = await register(request('name', { necessity: 'essential' }), request('email'));
  });

  const register = (...requests: ClaimRequest[]) =>
    world.setClient({ id: `shop${String(people)}`, requests });
  const id = (claim: string): string => ana.ids[claim]?.[0] ?? '';
  const share = (...claims: string[]): ConsentAnswers => ({
    claims: Object.fromEntries(claims.map((claim) => [claim, id(claim)])),
  });
  const answer = (ask: AuthorizationAsk, answers: ConsentAnswers): Promise<Consent> =>
    decide(world, ana.id, { ask, answers });
  const questionOf = (ask: AuthorizationAsk) =>
    world.consents.describe({ accountId: ana.id, ask, locale: 'en' });
  const current = async (): Promise<Consent> => {
    const consent = await world.consents.find({ accountId: ana.id, clientId: shop.id });
    if (consent === null) throw new Error('there is no consent');
    return consent;
  };
  const itemOf = async (claim: string) =>
    (await current()).items.find((item) => item.claim === claim);
  const isAnswered = async (ask: AuthorizationAsk) =>
    world.consents.isAnswered(await current(), ask);
  const reads = async (scopes = ['openid', 'profile', 'email']): Promise<string[]> =>
    Object.keys(
      await world.claims.releaseClaims({
        accountId: ana.id,
        clientId: shop.id,
        grantId: await grantFor(world, await current()),
        scopes,
        requestedClaims: [],
        channel: 'userinfo',
      }),
    ).filter((name) => name !== 'updated_at' && name !== 'email_verified');
  const newEvents = async () =>
    (await world.consents.history({ accountId: ana.id })).map(({ kind, details }) => ({
      kind,
      details,
    }));

  describe('kept as it was agreed to before', () => {
    it('goes on under the old purpose, which stays on record, and is not asked again', async () => {
      await answer(askOf(shop), share('name', 'email'));
      const before = await itemOf('email');
      shop = await register(
        request('name', { necessity: 'essential' }),
        request('email', { purpose: { en: 'To sell it' }, purposeVersion: 2 }),
      );
      expect(await isAnswered(askOf(shop))).to.equal(false);
      const question = await questionOf(askOf(shop));
      expect(question.canKeep).to.equal(true);
      const email = question.items.find(({ claim }) => claim === 'email');
      expect(email).to.deep.include({ changes: ['purpose'], earlierPurpose: 'Why email' });

      await answer(askOf(shop), KEEP);
      expect(await itemOf('email')).to.deep.equal({ ...before, keptVersion: 2 });
      expect(await isAnswered(askOf(shop))).to.equal(true);
      expect(await reads()).to.have.members(['name', 'email']);
      const [newest] = await newEvents();
      expect(newest).to.deep.include({ kind: 'kept' });
      expect(newest?.details.kept).to.deep.equal(['email']);
    });

    it('is asked again for the purpose after the one that was declined', async () => {
      await answer(askOf(shop), share('name', 'email'));
      const asking = (purposeVersion: number) =>
        register(
          request('name', { necessity: 'essential' }),
          request('email', { purpose: { en: `Reason ${String(purposeVersion)}` }, purposeVersion }),
        );
      shop = await asking(2);
      await answer(askOf(shop), KEEP);
      shop = await asking(3);
      expect(await isAnswered(askOf(shop))).to.equal(false);
    });

    it('completes without a new claim that the app calls essential, and gives it nothing', async () => {
      await answer(askOf(shop), share('name', 'email'));
      shop = await register(
        request('name', { necessity: 'essential' }),
        request('email'),
        request('birthdate', { necessity: 'essential' }),
      );
      const kept = await answer(askOf(shop), KEEP);
      expect(kept.items.find(({ claim }) => claim === 'birthdate')).to.deep.include({
        decision: 'refuse',
        attributeId: null,
        isEssential: false,
      });
      expect(await isAnswered(askOf(shop))).to.equal(true);
      expect(await reads()).to.have.members(['name', 'email']);
    });

    it('stays refused when what was refused becomes essential', async () => {
      await answer(askOf(shop), share('name'));
      shop = await register(
        request('name', { necessity: 'essential' }),
        request('email', { necessity: 'essential', purposeVersion: 2 }),
      );
      const question = await questionOf(askOf(shop));
      expect(question.items.find(({ claim }) => claim === 'email')?.changes).to.deep.equal([
        'necessity',
        'over',
      ]);
      expect(question.canKeep).to.equal(true);
      await answer(askOf(shop), KEEP);
      expect(await isAnswered(askOf(shop))).to.equal(true);
      expect(await reads()).to.deep.equal(['name']);
    });

    it('keeps the old end of a value that the app would like to have for longer', async () => {
      const modest = (longestDuration: ClaimRequest['longestDuration']) =>
        register(
          request('name', { necessity: 'essential' }),
          request('email', { longestDuration }),
        );
      shop = await modest('30_days');
      await answer(askOf(shop), share('name', 'email'));
      const before = await itemOf('email');
      shop = await modest('1_year');
      const question = await questionOf(askOf(shop));
      expect(question.items.find(({ claim }) => claim === 'email')?.changes).to.deep.equal([
        'duration',
      ]);
      await answer(askOf(shop), KEEP);
      expect(await itemOf('email')).to.deep.include({
        expiresAt: before?.expiresAt,
        duration: '30_days',
      });
      expect(await isAnswered(askOf(shop))).to.equal(true);
      // Less than the person has seen is nothing to ask about.
      shop = await modest('once');
      expect(await isAnswered(askOf(shop))).to.equal(true);
    });

    it('does not bring a value back that was read once in the meantime', async () => {
      await answer(askOf(shop), { ...share('name', 'email'), durations: { email: 'once' } });
      shop = await register(
        request('name', { necessity: 'essential' }),
        request('email', { purpose: { en: 'Other' }, purposeVersion: 2 }),
      );
      expect(await reads()).to.include('email');
      await answer(askOf(shop), KEEP);
      expect(await reads()).to.deep.equal(['name']);
    });

    it('is not possible when the essential value agreed to has run out', async () => {
      await answer(askOf(shop), { ...share('name'), durations: { name: '30_days' } });
      world.clock.advance(31 * 86_400);
      shop = await register(request('name', { necessity: 'essential' }), request('nickname'));
      const question = await questionOf(askOf(shop));
      expect(question.canKeep).to.equal(false);
      expect(await codeOf(answer(askOf(shop), KEEP))).to.equal('nothing_to_keep');
      expect(() =>
        parseConsentForm({ decision: 'keep', seen: question.version }, question),
      ).to.throw();
      world.clock.set(new Date());
    });

    it('lets nothing new in by answering beside it', async () => {
      await answer(askOf(shop), share('name'));
      shop = await register(...shop.requests, request('nickname'));
      const question = await questionOf(askOf(shop));
      const form = {
        decision: 'keep',
        seen: question.version,
        'claim.nickname': id('nickname'),
        'scope.account:read': 'allow',
      };
      const result = parseConsentForm(form, question);
      if (result.kind !== 'allow') throw new Error('not kept');
      await answer(askOf(shop), result.answers);
      expect(await reads()).to.deep.equal(['name']);
      expect((await itemOf('nickname'))?.decision).to.equal('refuse');
    });
  });

  describe('that asks for less', () => {
    it('shows what is dropped; it leaves the consent with the answer, and comes back only when allowed anew', async () => {
      const all = askOf(shop);
      await answer(all, share('name', 'email'));
      shop = await register(request('name', { necessity: 'essential' }), request('nickname'));
      const question = await questionOf(askOf(shop));
      expect(question.dropped).to.deep.equal(['E-mail']);
      await answer(askOf(shop), share('nickname'));
      expect(await itemOf('email')).to.equal(undefined);
      const [newest] = await newEvents();
      expect(newest?.details.dropped?.claims).to.deep.equal(['email']);
      shop = await register(request('name', { necessity: 'essential' }), request('email'));
      expect(await isAnswered(askOf(shop))).to.equal(false);
      expect(await reads()).to.deep.equal(['name']);
    });

    it('drops scopes and values also when the old set is kept', async () => {
      await answer(askOf(shop), share('name', 'email'));
      await answer(askOf(shop, { scopes: ['openid', 'profile', 'phone'] }), KEEP);
      const { items, scopes } = await current();
      expect(items.map(({ claim }) => claim)).not.to.include('email');
      expect(scopes.map(({ scope }) => scope)).not.to.include('email');
      expect(await reads()).to.deep.equal(['name']);
    });

    it('changes nothing while nobody was asked: a narrower request is answered as it is', async () => {
      await answer(askOf(shop), share('name', 'email'));
      const narrow = askOf(shop, { scopes: ['openid'] });
      expect(await isAnswered(narrow)).to.equal(true);
      expect(await reads()).to.have.members(['name', 'email']);
    });

    it('forgets no refusal, so nobody is asked for the same thing twice', async () => {
      await answer(askOf(shop), share('name'));
      await answer(askOf(shop, { scopes: ['openid', 'profile'] }), share('name'));
      expect(await isAnswered(askOf(shop))).to.equal(false);
      expect((await itemOf('email'))?.decision).to.equal('refuse');
    });

    it('leaves the permissions of an API alone that it does not name', async () => {
      const api = 'https://orders.example/api';
      const scope = { scope: 'orders:read', resource: api };
      await defineApi(api);
      shop = await world.setClient({ id: shop.id, scopes: [...shop.scopes, 'orders:read'] });
      const withApi = askOf(shop, {
        scopes: ['openid', 'profile', 'email', 'orders:read'],
        resources: [api],
      });
      await answer(withApi, { ...share('name', 'email'), scopes: { 'orders:read': 'allow' } });
      await answer(askOf(shop), share('name', 'email'));
      expect((await current()).scopes).to.deep.include({ ...scope, decision: 'allow' });
      // And one for the API alone says nothing of values.
      await answer(askOf(shop, { scopes: ['openid', 'orders:read'], resources: [api] }), {
        claims: {},
      });
      expect(await reads()).to.have.members(['name', 'email']);
    });
  });

  it('can never make a claim essential by the claims parameter, nor ask for one it did not register', async () => {
    const ask = askOf(shop, {
      claims: [
        { name: 'email', isEssential: true },
        { name: 'birthdate', isEssential: true },
      ],
    });
    const question = await questionOf(ask);
    expect(question.items.map(({ claim, isEssential }) => ({ claim, isEssential }))).to.deep.equal([
      { claim: 'name', isEssential: true },
      { claim: 'email', isEssential: false },
    ]);
    await answer(ask, share('name'));
    expect(await isAnswered(ask)).to.equal(true);
  });

  it('asks for nothing that no scope of the app reaches any more', async () => {
    await answer(askOf(shop), share('name', 'email'));
    shop = await world.setClient({ id: shop.id, scopes: ['openid', 'profile'] });
    const released = await world.claims.releaseClaims({
      accountId: ana.id,
      clientId: shop.id,
      grantId: await grantFor(world, await current()),
      scopes: ['openid', 'profile', 'email'],
      requestedClaims: ['email'],
      channel: 'userinfo',
    });
    expect(released).to.have.all.keys('name', 'updated_at');
    await world.setClient({ id: shop.id, scopes: ['openid', 'profile', 'email', 'phone'] });
  });

  it('is asked about whatever is essential and over, also when the request does not name it', async () => {
    await answer(askOf(shop), { ...share('name'), durations: { name: '30_days' } });
    world.clock.advance(31 * 86_400);
    expect(await isAnswered(askOf(shop, { scopes: ['openid'] }))).to.equal(false);
    await answer(askOf(shop, { scopes: ['openid'] }), { claims: {} });
    expect(await isAnswered(askOf(shop, { scopes: ['openid'] }))).to.equal(true);
    world.clock.set(new Date());
  });

  async function defineApi(identifier: string): Promise<void> {
    const words = { en: 'Orders', ru: 'Заказы' };
    const actorId = ana.id;
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

function request(claim: string, changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    claim,
    necessity: 'voluntary',
    purpose: { en: `Why ${claim}` },
    purposeVersion: 1,
    longestDuration: 'until_withdrawn',
    ...changes,
  };
}
