import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import type { Consent, ConsentDecision } from '../../src/consents/index.ts';
import { createClaims } from '../../src/claims/index.ts';
import { createLedger } from '../../src/ledger/index.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import { openPostgres } from '../../src/platform/postgres/postgres.ts';
import { createRecentAttributes } from '../../src/vault/index.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import {
  requestOf,
  decide,
  grantFor,
  ledgerRows,
  openWorld,
  type TestAccount,
  type World,
} from '../consents/world.ts';

const SCOPES = ['openid', 'profile', 'email', 'phone', 'address'];
const ADDRESS = { street_address: 'Nevsky 1', locality: 'Saint Petersburg', country: 'RU' };

describe('Releasing claims', () => {
  let world: World;
  let client: Client;
  let counter = 0;

  before(async () => {
    world = await openWorld();
    client = await world.setClient({ id: 'bookshop' });
  });
  after(() => world.close());

  const newPerson = (): Promise<TestAccount> => {
    counter += 1;
    const emails = ['work', 'home'].map((place) => `ana${String(counter)}@${place}.example`);
    return world.createAccount({
      name: ['Ana Petrova'],
      email: emails,
      birthdate: ['1990-04-12'],
      address: [ADDRESS],
    });
  };
  const idOf = (person: TestAccount, claim: string, index = 0): string =>
    person.ids[claim]?.[index] ?? '';
  const allow = (person: TestAccount, decision: ConsentDecision, app = client): Promise<Consent> =>
    decide(world, person.id, { request: requestOf(app, { scopes: SCOPES }), decision });
  const release = async (
    person: TestAccount,
    changes: {
      scopes?: string[];
      requestedClaims?: string[];
      grantId?: string;
      clientId?: string;
    } = {},
  ) => {
    const clientId = changes.clientId ?? client.id;
    const consent = await world.consents.find({ accountId: person.id, clientId: client.id });
    const grantId = changes.grantId ?? (consent === null ? 'none' : await grantFor(world, consent));
    return world.claims.releaseClaims({
      accountId: person.id,
      clientId,
      grantId,
      scopes: changes.scopes ?? SCOPES,
      requestedClaims: changes.requestedClaims ?? [],
      channel: 'userinfo',
    });
  };

  it('releases exactly the chosen values, with flags and address in their formats, and records the release', async () => {
    const ana = await newPerson();
    await allow(ana, {
      claims: {
        name: idOf(ana, 'name'),
        email: idOf(ana, 'email', 1),
        address: idOf(ana, 'address'),
      },
    });
    const claims = await release(ana);
    const { updated_at: updatedAt, ...values } = claims;
    expect(values).to.deep.equal({
      name: 'Ana Petrova',
      email: `ana${String(counter)}@home.example`,
      email_verified: true,
      address: ADDRESS,
    });
    expect(updatedAt).to.equal(Math.floor(world.clock.now().getTime() / 1000));
    expect(await ledgerRows(world, ana.id)).to.deep.equal([Object.keys(claims).toSorted()]);
  });

  it('does not release a refused claim, also when the claims parameter requests it', async () => {
    const ana = await newPerson();
    await allow(ana, { claims: { name: idOf(ana, 'name'), birthdate: 'refuse' } });
    const claims = await release(ana, {
      requestedClaims: ['birthdate', 'email', 'email_verified'],
    });
    expect(claims).to.have.all.keys('name', 'updated_at');
  });

  it('releases only claims of the scopes of the token', async () => {
    const ana = await newPerson();
    await allow(ana, { claims: { name: idOf(ana, 'name'), email: idOf(ana, 'email') } });
    expect(await release(ana, { scopes: ['openid'] })).to.deep.equal({});
    expect(await release(ana, { scopes: ['openid', 'email'] })).to.have.all.keys(
      'email',
      'email_verified',
    );
    expect(await release(ana, { scopes: ['openid'], requestedClaims: ['name'] })).to.have.all.keys(
      'name',
    );
    expect(await ledgerRows(world, ana.id)).to.deep.equal([['email', 'email_verified'], ['name']]);
  });

  it('releases nothing for a scope or claim that the app has lost since', async () => {
    const ana = await newPerson();
    await allow(ana, { claims: { email: idOf(ana, 'email') } });
    await world.setClient({ id: client.id, scopes: ['openid', 'profile'] });
    expect(await release(ana, { requestedClaims: ['email'] })).to.deep.equal({});
    await world.setClient({ id: client.id, scopes: client.scopes, status: 'suspended' });
    expect(await release(ana)).to.deep.equal({});
    await world.setClient(client);
  });

  it('omits an expired value and releases the others', async () => {
    const ana = await newPerson();
    const claims = { name: idOf(ana, 'name'), email: idOf(ana, 'email') };
    await allow(ana, { claims, durations: { email: '30_days' } });
    const grantId = await grantFor(
      world,
      (await world.consents.find({ accountId: ana.id, clientId: client.id }))!,
    );
    expect(await release(ana, { grantId })).to.include.keys('email');
    world.clock.advance(30 * 86_400);
    const later = await release(ana);
    expect(later).to.have.all.keys('name', 'updated_at');
  });

  it('omits a deleted value and releases no other value instead', async () => {
    const ana = await newPerson();
    await allow(ana, { claims: { email: idOf(ana, 'email', 0), name: idOf(ana, 'name') } });
    await world.vault.removeAttribute({ accountId: ana.id, attributeId: idOf(ana, 'email', 0) });
    await caughtUp(async () => !('email' in (await release(ana))));
    expect(await release(ana)).to.have.all.keys('name', 'updated_at');
  });

  it('follows a changed choice at the next read', async () => {
    const ana = await newPerson();
    await allow(ana, { claims: { email: idOf(ana, 'email', 0) } });
    const first = await release(ana, { scopes: ['email'] });
    await world.consents.changeItem({
      accountId: ana.id,
      clientId: client.id,
      claim: 'email',
      choice: idOf(ana, 'email', 1),
      locale: 'en',
    });
    await caughtUp(
      async () => (await release(ana, { scopes: ['email'] }))['email'] !== first['email'],
    );
  });

  it('releases nothing after the end of access, or under the grant of another person or app', async () => {
    const [ana, eve] = [await newPerson(), await newPerson()];
    const consent = await allow(ana, { claims: { name: idOf(ana, 'name') } });
    await allow(eve, { claims: { name: idOf(eve, 'name') } });
    const grantId = await grantFor(world, consent);
    expect(await release(eve, { grantId })).to.deep.equal({});
    await world.setClient({ id: 'weather' });
    expect(await release(ana, { grantId, clientId: 'weather' })).to.deep.equal({});
    expect(await release(ana, { grantId })).to.include.keys('name');
    await world.consents.withdraw({ accountId: ana.id, clientId: client.id });
    await caughtUp(async () => Object.keys(await release(ana, { grantId })).length === 0);
    expect(await release(ana, { grantId: 'invented' })).to.deep.equal({});
  });

  it('releases a value that is shared once to exactly one of 20 concurrent reads, on two nodes', async () => {
    const ana = await newPerson();
    const consent = await allow(ana, {
      claims: { name: idOf(ana, 'name'), email: idOf(ana, 'email') },
      durations: { email: 'once' },
    });
    const grantId = await grantFor(world, consent);
    const other = await openWorld({ sameDatabaseAs: world });
    await other.setClient(client);
    const input = {
      accountId: ana.id,
      clientId: client.id,
      grantId,
      scopes: SCOPES,
      requestedClaims: ['email'],
      channel: 'userinfo',
    } as const;
    const preview = await world.claims.previewRelease(input);
    expect(preview).to.include.keys('email');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? world : other).claims.releaseClaims(input),
      ),
    );
    await other.close();
    expect(answers.filter((claims) => 'email' in claims)).to.have.length(1);
    expect(answers.filter((claims) => 'email_verified' in claims)).to.have.length(1);
    expect(answers.filter((claims) => claims['name'] === 'Ana Petrova')).to.have.length(20);
    const rows = await ledgerRows(world, ana.id);
    expect(rows).to.have.length(20);
    expect(rows.filter((claims) => claims.includes('email'))).to.have.length(1);
  });

  it('neither uses up nor releases a value when the ledger cannot be written', async () => {
    const ana = await newPerson();
    await allow(ana, {
      claims: { name: idOf(ana, 'name'), email: idOf(ana, 'email') },
      durations: { email: 'once' },
    });
    const far = new Date('2150-01-01T00:00:00Z');
    const now = world.clock.now();
    // No partition for that month: the insert fails inside the transaction that uses up the value.
    world.clock.set(far);
    await world.db.query({
      name: 'test-keep-grants',
      text: `update grants set expires_at = '2151-01-01' where account_id = $1`,
      values: [ana.id],
    });
    const failed = await release(ana).catch((error: unknown) => error);
    world.clock.set(now);
    expect(isAppError(failed, 'ledger_unavailable')).to.equal(true);
    expect(await release(ana)).to.include.keys('email');
    expect(await release(ana)).not.to.include.keys('email');
  });

  it('releases nothing when the ledger is unavailable', async () => {
    const ana = await newPerson();
    const consent = await allow(ana, { claims: { name: idOf(ana, 'name') } });
    const away = openPostgres({
      url: 'postgres://nobody@127.0.0.1:9/x',
      poolSize: 1,
      applicationName: 'test',
    });
    const masterSealer = createSealer([{ version: 1, key: Buffer.alloc(32, 7) }]);
    const claims = createClaims({
      ...world,
      clients: { find: () => Promise.resolve(client) },
      attributes: createRecentAttributes({ ...world, masterSealer, leaves: world.keyStore }),
      ledger: createLedger({ db: away, clock: world.clock, signer: world.signer }),
    });
    const answer = await claims
      .releaseClaims({
        accountId: ana.id,
        clientId: client.id,
        grantId: await grantFor(world, consent),
        scopes: SCOPES,
        requestedClaims: [],
        channel: 'userinfo',
      })
      .catch((error: unknown) => error);
    await away.close();
    expect(isAppError(answer, 'ledger_unavailable')).to.equal(true);
    expect(await ledgerRows(world, ana.id)).to.deep.equal([]);
  });

  it('previews exactly the values that it would release, without recording or using up any', async () => {
    const ana = await newPerson();
    await allow(ana, {
      claims: { name: idOf(ana, 'name'), email: idOf(ana, 'email'), address: idOf(ana, 'address') },
    });
    const input = { accountId: ana.id, clientId: client.id, scopes: SCOPES, requestedClaims: [] };
    const preview = await world.claims.previewRelease(input);
    expect(await ledgerRows(world, ana.id)).to.deep.equal([]);
    expect(await release(ana)).to.deep.equal(preview);
  });

  it('releases a value as not verified when its verification was lost', async () => {
    const ana = await newPerson();
    await allow(ana, { claims: { email: idOf(ana, 'email') } });
    await world.db.transaction(async (tx) => {
      await tx.query({
        name: 'test-unverify',
        text: 'update attributes set verified_at = null where id = $1',
        values: [idOf(ana, 'email')],
      });
      await world.feed.publish(tx, 'vault', ana.id);
    });
    await caughtUp(async () => (await release(ana))['email_verified'] === false);
  });
});

/** Waits for the change feed: a change takes effect within a second. */
async function caughtUp(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 1_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('not within a second');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
