import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import type { Message } from '../../src/messaging/message.ts';
import { readMessages } from '../support/people/sent-messages.ts';
import { requestOf, decide, grantFor, openWorld, type TestAccount, type World } from './world.ts';

const DAY = 86_400;

describe('A consent without reads', () => {
  let world: World;
  let ana: TestAccount;
  let shop: Client;
  let turn = 0;

  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    turn += 1;
    world.clock.set(new Date());
    await world.db.query({ name: 'test-empty', text: 'delete from consents', values: [] });
    ana = await world.createAccount({
      name: ['Ana Petrova'],
      email: [`ana${String(turn)}@work.example`],
    });
    shop = await world.setClient({ id: `shop${String(turn)}`, contact: 'help@shop.example' });
    await decide(world, ana.id, {
      request: requestOf(shop),
      decision: {
        claims: { name: ana.ids['name']?.[0] ?? '', email: ana.ids['email']?.[0] ?? '' },
        durations: { email: '30_days' },
      },
    });
  });

  const key = () => ({ accountId: ana.id, clientId: shop.id });
  const current = async () => {
    const consent = await world.consents.find(key());
    if (consent === null) throw new Error('there is no consent');
    return consent;
  };
  const read = async (): Promise<string[]> =>
    Object.keys(
      await world.claims.releaseClaims({
        ...key(),
        grantId: await grantFor(world, await current()),
        scopes: ['openid', 'profile', 'email'],
        requestedClaims: [],
        channel: 'userinfo',
      }),
    );
  const kinds = async () =>
    (await world.consents.history({ accountId: ana.id })).map(({ kind }) => kind);
  const mails = async (): Promise<Message[]> => {
    const messages = await readMessages(world);
    return messages.filter((message) => message !== null);
  };

  it('is paused after 90 days, then releases nothing, and the person is notified', async () => {
    world.clock.advance(90 * DAY - 60);
    expect(await world.consents.pauseUnused()).to.equal(0);
    world.clock.advance(120);
    expect(await world.consents.pauseUnused()).to.equal(1);
    expect(await read()).to.deep.equal([]);
    const consent = await current();
    expect(await world.consents.coversRequest(consent, requestOf(shop))).to.equal(false);
    expect(await kinds()).to.deep.equal(['suspended', 'allowed']);
    const told = (await mails()).filter(({ template }) => template === 'app-paused');
    expect(told.map(({ to }) => to)).to.include(`ana${String(turn)}@work.example`);
    // Once is enough.
    expect(await world.consents.pauseUnused()).to.equal(0);
  });

  it('counts from the last read of any claim', async () => {
    world.clock.advance(60 * DAY);
    await world.ledger.ensurePartitions();
    expect(await read()).to.include('name');
    world.clock.advance(60 * DAY);
    expect(await world.consents.pauseUnused()).to.equal(0);
    world.clock.advance(31 * DAY);
    expect(await world.consents.pauseUnused()).to.equal(1);
  });

  it('counts a decision of the person as use', async () => {
    world.clock.advance(80 * DAY);
    await world.consents.changeItem({ ...key(), claim: 'email', choice: 'refuse', locale: 'en' });
    world.clock.advance(80 * DAY);
    expect(await world.consents.pauseUnused()).to.equal(0);
  });

  it('is not paused when the app can read nothing', async () => {
    const bare = await world.setClient({ id: `bare${String(turn)}`, scopes: ['openid'] });
    await decide(world, ana.id, {
      request: requestOf(bare, { scopes: ['openid'] }),
      decision: { claims: {} },
    });
    world.clock.advance(91 * DAY);
    expect(await world.consents.pauseUnused()).to.equal(1);
    const consent = await world.consents.find({ accountId: ana.id, clientId: bare.id });
    expect(consent?.suspendedAt).to.equal(null);
  });

  it('is paused once when two nodes search concurrently', async () => {
    world.clock.advance(91 * DAY);
    const paused = await Promise.all([world.consents.pauseUnused(), world.consents.pauseUnused()]);
    expect(paused.reduce((sum, count) => sum + count, 0)).to.equal(1);
    expect((await kinds()).filter((kind) => kind === 'suspended')).to.have.length(1);
  });

  it('has its earlier state when the person resumes it', async () => {
    const before = await current();
    world.clock.advance(91 * DAY);
    await world.consents.pauseUnused();
    await world.consents.resume({ ...key(), locale: 'en' });
    const after = await current();
    expect(after).to.deep.include({ items: before.items, scopes: before.scopes });
    expect(after.suspendedAt).to.equal(null);
    await world.ledger.ensurePartitions();
    // The e-mail expired meanwhile: resuming does not extend it.
    expect(await read()).to.have.members(['name', 'updated_at']);
    expect(await world.consents.pauseUnused()).to.equal(0);
    expect(await kinds()).to.deep.equal(['resumed', 'suspended', 'allowed']);
  });

  it('shows the earlier choices at the next sign-in, and the decision resumes it', async () => {
    world.clock.advance(91 * DAY);
    await world.consents.pauseUnused();
    const question = await world.consents.describe({
      accountId: ana.id,
      request: requestOf(shop),
      locale: 'en',
    });
    expect(question).to.deep.include({ decidesEverything: true, canKeep: false });
    expect(question.suspendedAt).to.not.equal(null);
    await decide(world, ana.id, {
      request: requestOf(shop),
      decision: { isKept: true, claims: {} },
    });
    expect((await current()).suspendedAt).to.equal(null);
  });

  it('notifies the app of the number of people, without names', async () => {
    world.clock.advance(91 * DAY);
    const since = world.clock.now().toISOString();
    await world.consents.pauseUnused();
    await world.consents.notifyClientOfPauses({ clientId: shop.id, since });
    const told = (await mails()).findLast(({ to }) => to === 'help@shop.example');
    expect(told?.values).to.deep.equal({
      app: 'Bookshop',
      clientId: shop.id,
      count: 1,
      days: 90,
    });
    await world.consents.resume({ ...key(), locale: 'en' });
    const before = (await mails()).length;
    await world.consents.notifyClientOfPauses({ clientId: shop.id, since });
    expect(await mails()).to.have.length(before);
  });

  describe('with an expired value', () => {
    it('is shown in the history once, and is not released even before that', async () => {
      expect(await world.consents.recordExpirations()).to.equal(0);
      world.clock.advance(30 * DAY + 60);
      await world.ledger.ensurePartitions();
      expect(await read()).to.have.members(['name', 'updated_at']);
      const told = await Promise.all([
        world.consents.recordExpirations(),
        world.consents.recordExpirations(),
      ]);
      expect(told.reduce((sum, count) => sum + count, 0)).to.equal(1);
      const [newest] = await world.consents.history({ accountId: ana.id });
      expect(newest?.kind).to.equal('expired');
      expect(newest?.details.items?.map(({ claim }) => claim)).to.deep.equal(['email']);
    });

    it('is shown again when the value was shared again and expired again', async () => {
      world.clock.advance(31 * DAY);
      await world.consents.recordExpirations();
      await world.consents.changeItem({
        ...key(),
        claim: 'email',
        choice: ana.ids['email']?.[0] ?? '',
        duration: '30_days',
        locale: 'en',
      });
      expect(await world.consents.recordExpirations()).to.equal(0);
      world.clock.advance(31 * DAY);
      expect(await world.consents.recordExpirations()).to.equal(1);
    });
  });
});
