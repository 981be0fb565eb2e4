import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import type { ConsentReceipt } from '../../src/receipts/index.ts';
import { requestOf, decide, openWorld, type TestAccount, type World } from '../consents/world.ts';

const DAY = 86_400;

describe('The receipts of consent events', () => {
  let world: World;
  let other: World;
  let ana: TestAccount;
  let shop: Client;
  let turn = 0;

  before(async () => {
    world = await openWorld();
    other = await openWorld({ sameDatabaseAs: world });
  });
  after(async () => {
    await other?.close();
    await world?.close();
  });
  beforeEach(async () => {
    turn += 1;
    for (const node of [world, other]) node.clock.set(new Date());
    ana = await world.createAccount({
      name: ['Ana Petrova'],
      email: [`ana${String(turn)}@work.example`],
    });
    for (const node of [world, other]) {
      shop = await node.setClient({ id: `kinds${String(turn)}`, contact: 'help@shop.example' });
    }
  });

  const key = () => ({ accountId: ana.id, clientId: shop.id });
  const allow = (node = world) =>
    decide(node, ana.id, {
      request: requestOf(shop),
      decision: {
        claims: { name: ana.ids['name']?.[0] ?? '', email: ana.ids['email']?.[0] ?? '' },
        durations: { email: '30_days' },
      },
    });
  const receipts = async (): Promise<ConsentReceipt[]> =>
    (await world.receipts.list({ accountId: ana.id, limit: 1_000 }))
      .map(({ receipt }) => receipt)
      .toReversed();
  const kinds = async () =>
    (await world.consents.history({ accountId: ana.id, limit: 1_000 }))
      .map(({ kind }) => kind)
      .toReversed();

  it('exist exactly once per event and name its kind', async () => {
    await allow();
    await world.consents.changeItem({
      ...key(),
      claim: 'name',
      choice: 'refuse',
      locale: 'en',
    });
    world.clock.advance(31 * DAY);
    await world.consents.recordExpirations();
    world.clock.advance(91 * DAY);
    await world.consents.pauseUnused();
    const paused = await world.consents.find(key());
    if (paused?.suspendedAt != null) await world.consents.resume({ ...key(), locale: 'en' });
    await allow();
    const consent = await world.consents.find(key());
    await world.consents.relinquishClaim({
      ...key(),
      grantId: consent?.grantId ?? '',
      claim: 'email',
    });
    await world.consents.withdraw(key());

    const states = (await receipts()).map(({ event }) => event.event_state);
    const stateOf = (kind: string) => (kind === 'allowed' ? 'given' : kind);
    expect(states).to.deep.equal((await kinds()).map((kind) => `consent_${stateOf(kind)}`));
    expect(states).to.include.members([
      'consent_given',
      'consent_changed',
      'consent_expired',
      'consent_suspended',
      'consent_resumed',
      'consent_handed_back',
      'consent_withdrawn',
    ]);
    const statuses = (await receipts()).map(({ record_status: status }) => status);
    expect(statuses.at(-1)).to.equal('withdrawn');
  });

  it('name the actor: the person, the app, or the server', async () => {
    const consent = await allow();
    world.clock.advance(31 * DAY);
    await world.consents.recordExpirations();
    await world.consents.relinquishClaim({ ...key(), grantId: consent.grantId, claim: 'name' });
    const [given, expired, handedBack] = (await receipts()).map(({ event }) => event);
    const [{ pii_principal_id: person }] = (await receipts()) as [ConsentReceipt];
    expect(given).to.include({ entity_id: person, event_type: 'explicit' });
    expect(expired).to.include({ entity_id: 'https://id.example', event_type: 'automatic' });
    expect(handedBack).to.include({ entity_id: shop.id, event_type: 'explicit' });
    expect(expired?.pii_types).to.deep.equal(['email']);
    expect(handedBack?.pii_types).to.deep.equal(['name']);
  });

  it('exist once when two nodes record the same event concurrently', async () => {
    await allow();
    for (const node of [world, other]) node.clock.advance(31 * DAY);
    await Promise.all(
      [world, other, world, other].map(({ consents }) => consents.recordExpirations()),
    );
    await Promise.all([world, other, world, other].map(({ consents }) => consents.withdraw(key())));
    expect(await kinds()).to.deep.equal(['allowed', 'expired', 'withdrawn']);
    expect((await receipts()).map(({ event }) => event.event_state)).to.deep.equal([
      'consent_given',
      'consent_expired',
      'consent_withdrawn',
    ]);
  });

  it('exist once when concurrent calls give up a claim, and not for another grant id', async () => {
    const consent = await allow();
    const calls = [world, other, world, other].map(({ consents }) =>
      consents.relinquishClaim({ ...key(), grantId: consent.grantId, claim: 'name' }).then(
        () => 'done',
        (error: unknown) => (error as { code?: string }).code,
      ),
    );
    expect(await Promise.all(calls)).to.deep.equal(['done', 'done', 'done', 'done']);
    await world.consents.withdraw({ ...key(), relinquishedGrantId: 'f'.repeat(64) });
    expect(await kinds()).to.deep.equal(['allowed', 'handed_back']);
  });

  it('can be exported in any number, and each can be verified', async () => {
    await allow();
    for (let index = 0; index < 120; index += 1) {
      const choice = index % 2 === 0 ? 'refuse' : (ana.ids['name']?.[0] ?? '');
      await world.consents.changeItem({ ...key(), claim: 'name', choice, locale: 'en' });
    }
    const lines: { jws: string }[] = [];
    for await (const line of world.receipts.exportAll(ana.id)) {
      lines.push(JSON.parse(line) as { jws: string });
    }
    expect(lines).to.have.length(121);
    const verdicts = await Promise.all(lines.map(({ jws }) => world.receipts.verify(jws)));
    expect(verdicts.every(({ isGenuine }) => isGenuine)).to.equal(true);
    expect(verdicts.filter(({ isLatest }) => isLatest)).to.have.length(1);
    expect(verdicts[0]?.isLatest).to.equal(true);
  });
});
