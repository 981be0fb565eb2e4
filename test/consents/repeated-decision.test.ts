import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import type { Consent, ConsentDecision } from '../../src/consents/index.ts';
import { grantFor, openWorld, requestOf, type TestAccount, type World } from './world.ts';

describe('A decision that is sent twice', () => {
  let world: World;
  let other: World;
  let client: Client;
  let ana: TestAccount;
  let pages = 0;

  before(async () => {
    world = await openWorld();
    other = await openWorld({ sameDatabaseAs: world });
    client = await world.setClient({ id: 'bookshop' });
    await other.setClient({ id: 'bookshop' });
  });
  after(async () => {
    await other.close();
    await world.close();
  });
  beforeEach(async () => {
    ana = await world.createAccount({ name: ['Ana Petrova'], birthdate: ['1990-04-12'] });
    pages += 1;
  });

  const share = (): ConsentDecision => ({
    claims: { name: ana.ids['name']?.[0] ?? '' },
    durations: { name: 'once' },
  });
  const REFUSE_ALL: ConsentDecision = { claims: { name: 'refuse' } };
  const decide = (
    decision: ConsentDecision,
    { at = world, page = `page ${String(pages)}`, request = requestOf(client) } = {},
  ): Promise<Consent> =>
    at.consents.decide({
      accountId: ana.id,
      locale: 'en',
      request,
      decision,
      pageId: `${page} ${JSON.stringify(decision)}`,
    });
  const kinds = async () =>
    (await world.consents.history({ accountId: ana.id })).map(({ kind }) => kind);
  const release = async (consent: Consent) =>
    world.claims.releaseClaims({
      accountId: ana.id,
      clientId: client.id,
      grantId: await grantFor(world, consent),
      scopes: ['openid', 'profile'],
      requestedClaims: [],
      channel: 'userinfo',
    });

  it('is one decision with one event', async () => {
    const first = await decide(share());
    const second = await decide(share());
    expect([first.version, second.version, second.id]).to.deep.equal([1, 1, first.id]);
    expect(await kinds()).to.deep.equal(['allowed']);
  });

  it('is one decision when the requests are simultaneous, on two nodes', async () => {
    const all = await Promise.all(
      [world, other, world, other, world, other].map((at) => decide(share(), { at })),
    );
    expect(new Set(all.map(({ version }) => version))).to.deep.equal(new Set([1]));
    expect(await kinds()).to.deep.equal(['allowed']);
  });

  it('does not share a value again that is shared once and was read in between', async () => {
    const consent = await decide(share());
    expect(await release(consent)).to.include({ name: 'Ana Petrova' });
    const repeated = await decide(share(), { at: other });
    expect(repeated.version).to.equal(1);
    expect(await release(repeated)).to.deep.equal({});
  });

  it('counts again on another page', async () => {
    await release(await decide(share()));
    const again = await decide(share(), { page: 'another page' });
    expect(await release(again)).to.include({ name: 'Ana Petrova' });
    expect(await kinds()).to.deep.equal(['allowed', 'allowed']);
  });

  it('counts when it differs, and when another decision came in between', async () => {
    const versions = [];
    for (const decision of [share(), REFUSE_ALL, share(), REFUSE_ALL, REFUSE_ALL]) {
      versions.push((await decide(decision)).version);
    }
    expect(versions).to.deep.equal([1, 2, 3, 4, 4]);
    const [consent] = await world.consents.list(ana.id);
    expect(consent?.items.find(({ claim }) => claim === 'name')?.decision).to.equal('refuse');
  });

  it('does not end the grant of the first time with an action that replaces', async () => {
    const { grantId } = await decide(share(), { page: 'the first page' });
    const request = { ...requestOf(client), grantAction: { kind: 'replace', grantId } as const };
    const consent = await decide(REFUSE_ALL, { request });
    const grant = await grantFor(world, consent);
    expect((await decide(REFUSE_ALL, { request })).version).to.equal(consent.version);
    expect(await world.tokens.findGrant(grant)).not.to.equal(null);
  });
});
