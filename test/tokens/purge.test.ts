import { expect } from 'chai';

import { settableClock, type SettableClock } from '../support/clock.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from './open-stores.ts';

describe('The purge of expired rows', () => {
  let storage: TestStorage;
  let clock: SettableClock;
  let node: Node;

  before(async () => {
    storage = await openStorage('postgres');
    clock = settableClock();
    node = await storage.openNode({ clock });
  });
  after(() => storage.close());

  const fill = async (rows: number, expiresAt: Date) =>
    node.db.query({
      name: 'test-fill',
      text: `insert into access_tokens (fingerprint, payload, expires_at)
             select sha256(gen_random_uuid()::text::bytea), '{}', $2 from generate_series(1, $1::int)`,
      values: [rows, expiresAt],
    });
  const count = async (table: string) => {
    const { rows } = await node.db.pool.query<{ count: number }>(
      `select count(*)::int as count from ${table}`,
    );
    return rows[0]?.count;
  };

  it('deletes more than one batch and keeps live rows', async () => {
    await fill(5_000, new Date(clock.now().getTime() - 1_000));
    await fill(10, new Date(clock.now().getTime() + 1_000));
    expect(await node.tokens.purgeExpired()).to.equal(5_000);
    expect(await count('access_tokens')).to.equal(10);
    expect(await node.tokens.purgeExpired()).to.equal(0);
  });

  it('skips locked rows until the next run', async () => {
    const store = node.tokens.artifacts('ClientCredentials');
    const id = randomId();
    await store.upsert(id, { jti: id }, -1);
    await node.db.transaction(async (tx) => {
      await tx.query({
        name: 'test-hold',
        text: 'select 1 from client_credentials_tokens for update',
      });
      expect(await node.tokens.purgeExpired()).to.equal(0);
    });
    expect(await node.tokens.purgeExpired()).to.equal(1);
  });

  it('works on several nodes at once without leaving anything', async () => {
    const other = await storage.openNode({ clock });
    await fill(3_000, new Date(clock.now().getTime() - 1_000));
    const counts = await Promise.all([node.tokens.purgeExpired(), other.tokens.purgeExpired()]);
    expect(counts.reduce((sum, part) => sum + part, 0)).to.equal(3_000);
    expect(await count('access_tokens')).to.equal(10);
  });

  it('keeps a revoked grant until everything issued under it has expired', async () => {
    const grant = await node.tokens.createGrant(node.db, {
      accountId: await createAccount(node),
      clientId: 'bookshop',
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 600,
    });
    await node.db.transaction((tx) => node.tokens.revokeGrants(tx, { grantId: grant.id }));
    await node.tokens.purgeExpired();
    expect(await count('grants')).to.equal(1);
    clock.advance(601);
    await node.tokens.purgeExpired();
    expect(await count('grants')).to.equal(0);
  });

  it('stores for a day which codes were used', async () => {
    await node.db.query({
      name: 'test-used',
      text: `insert into used_codes (fingerprint, used_at) values ('\\x01', $1)`,
      values: [clock.now()],
    });
    clock.advance(86_400);
    await node.tokens.purgeExpired();
    expect(await count('used_codes')).to.equal(1);
    clock.advance(1);
    await node.tokens.purgeExpired();
    expect(await count('used_codes')).to.equal(0);
  });
});
