import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import knexFactory from 'knex';
import pg from 'pg';

import * as migration from '../../migrations/20261130031900_align_release_partitions.ts';
import { openLedger, releaseOf, type TestLedger } from './open-ledger.ts';

/** Around the end of a month, in time zones on both sides of UTC. */
const MOMENTS = [
  '2026-10-31T22:59:59Z',
  '2026-10-31T23:00:00Z',
  '2026-11-30T22:59:59Z',
  '2026-11-30T23:00:00Z',
  '2026-12-01T00:00:00Z',
  '2026-12-01T04:59:59Z',
  '2026-12-31T23:30:00Z',
];

describe('Monthly partitions of releases', () => {
  let opened: TestLedger;
  let client: pg.Client;
  before(async () => {
    opened = await openLedger();
  });
  beforeEach(async () => {
    client = new pg.Client({ connectionString: opened.url });
    await client.connect();
  });
  afterEach(() => client.end());
  after(() => opened.close());

  for (const zone of ['Europe/Berlin', 'America/New_York']) {
    it(`created in ${zone} are replaced by months of UTC, with every row`, async () => {
      const knex = knexFactory({ client: 'pg', connection: opened.url, pool: { min: 0, max: 1 } });
      await migration.down(knex);
      await removePartitions(client);
      await client.query(`set timezone = '${zone}'`);
      for (const month of ['2026-10-01', '2026-11-01', '2026-12-01', '2027-01-01']) {
        await client.query('select create_release_partition($1::date)', [month]);
      }
      const accountId = randomUUID();
      for (const [index, moment] of MOMENTS.entries()) {
        await client.query(
          `insert into releases (account_id, client_id, channel, claims, released_at, seq, hash)
           values ($1, 'bookshop', 'userinfo', '{name}', $2, $3, '')`,
          [accountId, moment, index + 1],
        );
      }
      await knex.transaction((trx) => migration.up(trx));
      await knex.destroy();

      const kept = await client.query<{ moment: string }>(
        `select to_char(released_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as moment
         from releases where account_id = $1 order by released_at`,
        [accountId],
      );
      expect(kept.rows.map(({ moment }) => moment)).to.deep.equal(MOMENTS);
      await client.query(`set timezone = 'UTC'`);
      const { rows } = await client.query<{ bound: string }>(
        `select pg_get_expr(child.relpartbound, child.oid) as bound
         from pg_inherits join pg_class as child on child.oid = inhrelid
         where inhparent = 'releases'::regclass order by child.relname`,
      );
      expect(rows.length).to.be.at.least(4);
      const wrong = rows.filter(
        ({ bound }) =>
          !/^FOR VALUES FROM \('\d{4}-\d\d-01 00:00:00\+00'\) TO \('\d{4}-\d\d-01 00:00:00\+00'\)$/.test(
            bound,
          ),
      );
      expect(wrong).to.deep.equal([]);
      await client.query('delete from releases where account_id = $1', [accountId]);
    });
  }

  it('are adjacent in every time zone of the database', async () => {
    for (const [zone, month] of [
      ['UTC', '2030-01-01'],
      ['Europe/Berlin', '2030-02-01'],
      ['America/New_York', '2030-03-01'],
      ['Pacific/Auckland', '2030-04-01'],
    ] as const) {
      await client.query(`set timezone = '${zone}'`);
      await client.query('select create_release_partition($1::date)', [month]);
    }
    await opened.ledger.append(releaseOf(randomUUID()));
  });
});

async function removePartitions(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'releases'::regclass`,
  );
  for (const { name } of rows) await client.query(`drop table ${name}`);
}
