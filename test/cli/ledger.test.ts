import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { connect, type Connected } from '../../src/server/services.ts';
import type { Finding } from '../../src/ledger/index.ts';
import { releaseOf } from '../ledger/open-ledger.ts';
import { TEST_ENVIRONMENT, testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { runCommand } from './run-command.ts';

describe('consentry ledger verify', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let connected: Connected;
  const accounts = Array.from({ length: 120 }, () => randomUUID()).toSorted();
  const [first = '', , third = ''] = accounts;
  const last = accounts.at(-1) ?? '';

  const verify = (...options: readonly string[]) =>
    runCommand(['ledger', 'verify', ...options], {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: database.url,
    });

  before(async () => {
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url));
    const { ledger } = connected;
    // One chain is longer than the first read of each account.
    const long = Array.from({ length: 500 }, () => third);
    await Promise.all(
      [...accounts, ...accounts, ...long].map((id) => ledger.append(releaseOf(id))),
    );
    await ledger.signCheckpoints();
  });
  after(async () => {
    await connected?.close();
    await database?.drop();
  });

  it('reports an intact ledger and the last checkpoint, which a later run can require', async () => {
    const { code, output, errors } = await verify();
    expect(`${String(code)}${errors}`).to.equal('0');
    expect(output).to.include('Checked 740 rows of 120 accounts and 1 checkpoints.');
    expect(output).to.include('Nothing was tampered with.');
    const [, name = ''] = /^Last checkpoint: (1:[0-9a-f]{64})$/m.exec(output) ?? [];
    expect((await verify('--checkpoint', name)).code).to.equal(0);
    const other = await verify('--checkpoint', `2:${'0'.repeat(64)}`);
    expect(other.code).to.equal(1);
    expect(other.output).to.include('BROKEN  checkpoint 2: is missing');
  });

  it('distinguishes a replaced checkpoint from a missing one', async () => {
    const since = new Date(connected.clock.now().getTime() + 60_000);
    const { lastCheckpoint } = await connected.ledger.verify({});
    const findingsOf = async (input: Parameters<Connected['ledger']['verify']>[0]) => {
      const problems: string[] = [];
      const onFinding = ({ seq, problem }: Finding) => problems.push(`${String(seq)} ${problem}`);
      await connected.ledger.verify({ ...input, onFinding });
      return problems;
    };
    expect(lastCheckpoint?.number).to.equal(1);
    if (lastCheckpoint === null) return;
    const replaced = { number: 1, digest: '0'.repeat(64) };
    for (const part of [{}, { since }]) {
      expect(await findingsOf({ ...part, expected: lastCheckpoint })).to.deep.equal([]);
      expect(await findingsOf({ ...part, expected: replaced })).to.deep.equal([
        '1 checkpoint_replaced',
      ]);
    }
  });

  it('exits with code 1 and names the first broken row of each account', async () => {
    const { db, clock } = connected;
    await db.pool.query(`update releases set client_id = 'x' where account_id = $1`, [first]);
    await db.pool.query('delete from releases where account_id = $1 and seq > 400', [third]);
    const { code, output } = await verify();
    expect(code).to.equal(1);
    expect(output.split('\n').filter((line) => line.startsWith('BROKEN'))).to.deep.equal([
      `BROKEN  account ${first} row 1: does not follow from the row before; one of the two was changed`,
      `BROKEN  account ${third} row 401: is missing`,
    ]);
    const one = await verify('--account', first.toUpperCase());
    expect(one.code).to.equal(1);
    expect(one.output).to.include(`account ${first} row 1`).and.not.to.include(third);
    expect((await verify('--account', last)).code).to.equal(0);
    // The last row of each account is checked even when it is older.
    const since = await verify('--since', new Date(clock.now().getTime() + 60_000).toISOString());
    expect(since.output).to.include(`account ${third} row`).and.not.to.include(`${last} row`);
  });
});
