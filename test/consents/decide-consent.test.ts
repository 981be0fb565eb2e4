import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import type { ConsentDecision } from '../../src/consents/index.ts';
import { createConsentStore } from '../../src/consents/consent-store.ts';
import {
  addUnverified,
  requestOf,
  codeOf,
  decide,
  grantFor,
  openWorld,
  type TestAccount,
  type World,
} from './world.ts';

describe('A decision about an app', () => {
  let world: World;
  let ana: TestAccount;
  let client: Client;

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({
      name: ['Ana Petrova'],
      email: ['ana@work.example', 'ana@home.example'],
      birthdate: ['1990-04-12'],
    });
    client = await world.setClient({
      id: 'bookshop',
      requests: [
        {
          claim: 'name',
          necessity: 'essential',
          purpose: { en: 'To address you' },
          purposeVersion: 1,
          longestDuration: 'until_withdrawn',
        },
        {
          claim: 'email',
          necessity: 'voluntary',
          purpose: { en: 'Receipts', ru: 'Чеки' },
          purposeVersion: 1,
          longestDuration: '1_year',
        },
        {
          claim: 'birthdate',
          necessity: 'voluntary',
          purpose: { en: 'Presents' },
          purposeVersion: 1,
          longestDuration: '30_days',
        },
      ],
    });
  });
  after(() => world.close());

  const id = (claim: string, index = 0): string => ana.ids[claim]?.[index] ?? '';
  const decideWith = (claims: Record<string, string>, durations = {}) =>
    decide(world, ana.id, { request: requestOf(client), decision: { claims, durations } });

  it('refuses a value that belongs to another person', async () => {
    const eve = await world.createAccount({ name: ['Eve'], email: ['eve@example.org'] });
    const foreign = eve.ids['email']?.[0] ?? '';
    expect(await codeOf(decideWith({ name: id('name'), email: foreign }))).to.equal(
      'attribute_not_found',
    );
  });

  it('refuses a value of another claim', async () => {
    expect(await codeOf(decideWith({ name: id('birthdate') }))).to.equal('attribute_not_found');
  });

  it('refuses an e-mail that was not verified', async () => {
    const email = await addUnverified(world, ana.id, { claim: 'email', value: 'new@example.org' });
    expect(await codeOf(decideWith({ name: id('name'), email }))).to.equal(
      'attribute_not_verified',
    );
    const question = await world.consents.describe({
      accountId: ana.id,
      request: requestOf(client),
      locale: 'en',
    });
    const offered = question.items.find(({ claim }) => claim === 'email')?.options;
    expect(offered?.map(({ attributeId }) => attributeId)).to.deep.equal([
      id('email', 0),
      id('email', 1),
    ]);
  });

  it('refuses to allow more than the app requested', async () => {
    expect(await codeOf(decideWith({ name: id('name'), phone_number: id('email') }))).to.equal(
      'claim_not_requested',
    );
    const scopes = { 'account:read': 'allow' } as const;
    const more = decide(world, ana.id, {
      request: requestOf(client),
      decision: { claims: { name: id('name') }, scopes },
    });
    expect(await codeOf(more)).to.equal('scope_not_requested');
  });

  it('refuses a longer time than the app may have', async () => {
    const longer = decideWith(
      { name: id('name'), email: id('email') },
      { email: 'until_withdrawn' },
    );
    expect(await codeOf(longer)).to.equal('duration_too_long');
  });

  it('treats a refused or missing essential claim as a refusal of the request, and writes nothing', async () => {
    expect(await codeOf(decideWith({ name: 'refuse' }))).to.equal('essential_refused');
    expect(await codeOf(decideWith({ email: id('email') }))).to.equal('essential_refused');
    expect(await world.consents.list(ana.id)).to.deep.equal([]);
    expect(await world.consents.history({ accountId: ana.id })).to.deep.equal([]);
  });

  it('stores each decision with its expiry, and refuses claims that were not ticked', async () => {
    const consent = await decideWith(
      { name: id('name'), email: id('email', 1) },
      { email: '30_days' },
    );
    const byClaim = new Map(consent.items.map((item) => [item.claim, item]));
    expect(byClaim.get('name')).to.include({
      decision: 'share',
      attributeId: id('name'),
      isEssential: true,
    });
    expect(byClaim.get('email')).to.include({ attributeId: id('email', 1), purposeVersion: 1 });
    expect(byClaim.get('email')?.expiresAt?.getTime()).to.equal(
      world.clock.now().getTime() + 30 * 86_400_000,
    );
    expect(byClaim.get('birthdate')).to.include({ decision: 'refuse', attributeId: null });
    expect(consent.version).to.equal(1);
    expect(await world.consents.coversRequest(consent, requestOf(client))).to.equal(true);
  });

  it('leaves the consent as it is stored in the memory of its node', async () => {
    const boris = await world.createAccount({ name: ['Boris'], email: ['boris@home.example'] });
    const [name, email] = [boris.ids['name']?.[0] ?? '', boris.ids['email']?.[0] ?? ''];
    const key = { accountId: boris.id, clientId: client.id };
    const decisions: readonly ConsentDecision[] = [
      { claims: { name, email }, durations: { email: '30_days' } },
      { claims: { name, email: 'refuse' } },
      { claims: { name }, isKept: true },
    ];
    for (const decision of decisions) {
      await decide(world, boris.id, { request: requestOf(client), decision });
      const kept = await world.consents.find(key);
      expect(kept).to.deep.equal(await createConsentStore(world.db).findActive(key));
    }
  });

  it('keeps one consent and its history after further decisions, also concurrent ones', async () => {
    const both = await Promise.all([
      decideWith({ name: id('name'), email: id('email', 0) }),
      decideWith({ name: id('name'), email: id('email', 1) }),
    ]);
    expect(new Set(both.map((consent) => consent.id)).size).to.equal(1);
    expect(both.map(({ version }) => version)).to.have.members([2, 3]);
    expect(await world.consents.list(ana.id)).to.have.length(1);
    const history = await world.consents.history({ accountId: ana.id });
    expect(history.map(({ details }) => details.version)).to.deep.equal([3, 2, 1]);
    expect(JSON.stringify(history)).not.to.include('ana@');
  });

  it('removes claims that are no longer requested, and keeps refusals', async () => {
    const request = requestOf(client, { scopes: ['openid', 'email'] });
    await decide(world, ana.id, { request, decision: { claims: { email: 'refuse' } } });
    const consent = await world.consents.find({ accountId: ana.id, clientId: client.id });
    const decisions = consent?.items.map(({ claim, decision }) => `${claim} ${decision}`);
    expect(decisions).to.deep.equal(['birthdate refuse', 'email refuse']);
    await decideWith({ name: id('name') });
  });

  it('requires a decision only about the changed purpose, and shows it separately', async () => {
    const changed = await world.setClient({
      id: client.id,
      requests: client.requests.map((request) =>
        request.claim === 'birthdate' ? { ...request, purposeVersion: 2 } : request,
      ),
    });
    const consent = await world.consents.find({ accountId: ana.id, clientId: client.id });
    expect(await world.consents.coversRequest(consent, requestOf(changed))).to.equal(false);
    const question = await world.consents.describe({
      accountId: ana.id,
      request: requestOf(changed),
      locale: 'ru',
    });
    expect(question.items.filter(({ isNew }) => isNew).map(({ claim }) => claim)).to.deep.equal([
      'birthdate',
    ]);
    expect(question.items.map(({ purpose }) => purpose)).to.deep.equal([
      'To address you',
      'Чеки',
      'Presents',
    ]);
    await world.setClient(client);
  });

  it('ends grants and consent when it is withdrawn, so that the next request prompts again', async () => {
    const key = { accountId: ana.id, clientId: client.id };
    const consent = await world.consents.find(key);
    if (consent === null) throw new Error('no consent');
    const grantId = await grantFor(world, consent);
    expect(await world.tokens.findGrant(grantId)).not.to.equal(null);
    await world.consents.withdraw(key);
    await world.consents.withdraw(key);
    expect(await world.tokens.findGrant(grantId)).to.equal(null);
    expect(await world.consents.find(key)).to.equal(null);
    const kinds = (await world.consents.history({ accountId: ana.id })).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'withdrawn')).to.have.length(1);
    const anew = await decideWith({ name: id('name') });
    expect(anew.id).not.to.equal(consent.id);
    expect(anew.items.find(({ claim }) => claim === 'email')?.decision).to.equal('refuse');
  });

  it('records a refusal of the request without changing an earlier consent', async () => {
    const key = { accountId: ana.id, clientId: client.id };
    const before = await world.consents.find(key);
    const denials = async () =>
      (await world.audit.list(ana.id)).filter(({ kind }) => kind === 'consent.denied').length;
    // One page, sent four times at once.
    await Promise.all([1, 2, 3, 4].map(() => world.consents.deny({ ...key, requestId: 'one' })));
    expect(await denials()).to.equal(1);
    await world.consents.deny({ ...key, requestId: 'two' });
    expect(await denials()).to.equal(2);
    expect(await world.consents.find(key)).to.deep.equal(before);
  });

  it('writes a decision, its event, receipt, audit event and notification in one statement', async () => {
    const key = { accountId: ana.id, clientId: client.id };
    const statements: string[] = [];
    const watch = (text: string) => void statements.push(text);
    const other = await openWorld({ sameDatabaseAs: world, watch });
    await other.setClient(client);
    await other.consents.find(key);
    await other.consents.describe({ accountId: ana.id, request: requestOf(client), locale: 'en' });
    statements.length = 0;
    await decide(other, ana.id, {
      request: requestOf(client),
      decision: { claims: { name: id('name') } },
    });
    expect(statements).to.have.length(1);
    expect(statements[0]).to.include('consent_events').and.to.include('audit_events');
    await other.close();
  });
});
