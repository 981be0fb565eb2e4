import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import knexFactory from 'knex';

import * as migration from '../../migrations/20261120003500_chain_releases.ts';
import { openLedger, releaseOf, type TestLedger } from './open-ledger.ts';

describe('Releases from before the chain', () => {
  let opened: TestLedger;

  before(async () => {
    opened = await openLedger();
  });
  after(() => opened.close());

  it('are chained in their order, and verified and continued like all others', async () => {
    const knex = knexFactory({ client: 'pg', connection: opened.url, pool: { min: 0, max: 1 } });
    const accounts = [randomUUID(), randomUUID(), randomUUID()];
    await migration.down(knex);
    for (let minute = 0; minute < 6; minute += 1) {
      for (const accountId of accounts.slice(0, 2)) {
        // Two of each account within one moment.
        await knex.raw(
          `insert into releases (account_id, client_id, grant_id, channel, claims, ip, request_id, released_at)
           values (?, 'bookshop', null, 'userinfo', array['name', 'с "кавычкой"', ''], null, ?, ?)`,
          [
            accountId,
            String(minute),
            new Date(opened.clock.now().getTime() - (6 - (minute % 3)) * 60_000),
          ],
        );
      }
    }
    await migration.up(knex);
    await knex.destroy();
    for (const accountId of accounts) await opened.ledger.append(releaseOf(accountId));
    expect(await opened.ledger.verify({})).to.deep.include({ accounts: 3, rows: 15, findings: 0 });
    const listed = await opened.ledger.list({ accountId: accounts[0] ?? '', limit: 10 });
    expect(listed.map(({ id, requestId }) => [id, requestId])).to.deep.equal([
      ['7', null],
      ['6', '5'],
      ['5', '2'],
      ['4', '4'],
      ['3', '1'],
      ['2', '3'],
      ['1', '0'],
    ]);
  });
});
