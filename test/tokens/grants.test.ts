import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import type { Database } from '../../src/platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../src/platform/postgres/sql.ts';
import type { CreateGrantInput, Grant, GrantFilter } from '../../src/tokens/index.ts';
import { waitFor } from '../support/wait-for.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from './open-stores.ts';

describe('Grants', () => {
  let storage: TestStorage;
  let clock: SettableClock;
  let node: Node;
  let other: Node;
  let accountId: string;

  before(async () => {
    storage = await openStorage('postgres');
    clock = settableClock();
    [node, other] = await Promise.all([storage.openNode({ clock }), storage.openNode({ clock })]);
  });
  beforeEach(async () => {
    accountId = await createAccount(node);
  });
  after(() => storage.close());

  const create = (more: Partial<CreateGrantInput> = {}, tx: Database = node.db): Promise<Grant> =>
    node.tokens.createGrant(tx, {
      accountId,
      clientId: 'bookshop',
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 600,
      ...more,
    });
  const revoke = (filter: GrantFilter) =>
    node.db.transaction((tx) => node.tokens.revokeGrants(tx, filter));
  const isLive = async (grant: Grant) => (await other.tokens.findGrant(grant.id)) !== null;

  it('finds a grant as it was made, on every node', async () => {
    const consentId = randomUUID();
    const grant = await create({ consentId, sessionUid: 'session-1' });
    expect(grant).to.include({
      accountId,
      clientId: 'bookshop',
      consentId,
      sessionUid: 'session-1',
    });
    expect(await node.tokens.findGrant(grant.id)).to.deep.equal(grant);
    expect(await other.tokens.findGrant(grant.id)).to.deep.equal(grant);
  });

  it('is created in one statement only where the condition holds, and then found without a read', async () => {
    const input = { accountId, clientId: 'bookshop', consentId: null, sessionUid: null };
    const createWhere = (condition: SqlStatement) =>
      node.tokens.createGrantWhere({ ...input, expiresInSeconds: 600 }, condition);
    expect(await createWhere(sql`false`)).to.equal(null);
    const grant = (await createWhere(sql`true`)) ?? expect.fail('no grant');
    expect(await other.tokens.findGrant(grant.id)).to.deep.equal(grant);
    await node.db.query(sql`delete from grants where id = ${grant.id}`);
    expect(await node.tokens.findGrant(grant.id)).to.deep.equal(grant);
  });

  it('that was created in one statement ends on its own node too', async () => {
    const input = { accountId, clientId: 'bookshop', consentId: null, sessionUid: null };
    const grant = await node.tokens.createGrantWhere({ ...input, expiresInSeconds: 60 }, sql`true`);
    const grantId = grant?.id ?? expect.fail('no grant');
    await revoke({ grantId });
    expect(await node.tokens.findGrant(grantId)).to.equal(null);
  });

  it('have ids that cannot be guessed', async () => {
    const [first, second] = [await create(), await create()];
    expect(first.id).to.match(/^[\w-]{32}$/);
    expect(first.id).not.to.equal(second.id);
  });

  it('does not find an unknown or expired grant, also when it was found before', async () => {
    const grant = await create({ expiresInSeconds: 60 });
    expect(await isLive(grant)).to.equal(true);
    clock.advance(60);
    expect(await isLive(grant)).to.equal(false);
    expect(await node.tokens.findGrant(randomId())).to.equal(null);
  });

  it('is not there before its transaction commits', async () => {
    let grant: Grant | undefined;
    await node.db
      .transaction(async (tx) => {
        grant = await create({}, tx);
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    expect(await node.tokens.findGrant(grant?.id ?? '')).to.equal(null);
  });

  const consentId = randomUUID();
  const cases: readonly [string, Partial<CreateGrantInput>, () => GrantFilter][] = [
    ['its consent', { consentId }, () => ({ consentId })],
    ['its session', { sessionUid: 'ending' }, () => ({ sessionUid: 'ending' })],
    ['its account', {}, () => ({ accountId })],
    ['its app', { clientId: 'closing' }, () => ({ clientId: 'closing' })],
  ];
  for (const [what, properties, filter] of cases) {
    it(`ends with ${what}, on another node within a second, and others stay`, async () => {
      const strangerId = await createAccount(node);
      const [ends, stays] = [await create(properties), await create({ accountId: strangerId })];
      expect([await isLive(ends), await isLive(stays)]).to.deep.equal([true, true]);
      expect(await revoke(filter())).to.be.greaterThan(0);
      await waitFor('the other node refuses it', async () => !(await isLive(ends)));
      expect(await isLive(stays)).to.equal(true);
    });
  }

  it('outlives its session where the app was given offline access', async () => {
    const [shop, radio] = [
      await create({ sessionUid: 's-2', clientId: 'shop' }),
      await create({ sessionUid: 's-2', clientId: 'radio' }),
    ];
    expect(await revoke({ sessionUid: 's-2', exceptClientIds: ['radio'] })).to.equal(1);
    await waitFor('the first is refused', async () => !(await isLive(shop)));
    expect(await isLive(radio)).to.equal(true);
  });

  it('ends codes, access and refresh tokens as well', async () => {
    const grant = await create();
    const kinds = ['AuthorizationCode', 'AccessToken', 'RefreshToken', 'DeviceCode'] as const;
    const ids = kinds.map(() => randomId());
    for (const [index, kind] of kinds.entries()) {
      const id = ids[index] ?? '';
      const payload = { kind, jti: id, grantId: grant.id, clientId: 'bookshop', iat: 1 };
      await node.tokens.artifacts(kind).upsert(id, payload, 600);
    }
    await revoke({ grantId: grant.id });
    for (const [index, kind] of kinds.entries()) {
      expect(await other.tokens.artifacts(kind).find(ids[index] ?? '')).to.equal(undefined);
    }
  });

  it('returns 0 the second time', async () => {
    const grant = await create();
    expect(await revoke({ grantId: grant.id })).to.equal(1);
    expect(await revoke({ grantId: grant.id })).to.equal(0);
  });

  it('stays when the transaction that revokes it fails', async () => {
    const grant = await create();
    await node.db
      .transaction(async (tx) => {
        await node.tokens.revokeGrants(tx, { grantId: grant.id });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    expect(await isLive(grant)).to.equal(true);
  });
});
