import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import type { Finding, VerifyLedgerInput } from '../../src/ledger/index.ts';
import { openLedger, releaseOf, type TestLedger } from './open-ledger.ts';

const ROWS = 12;

describe('Verification of a ledger that was changed in the database', () => {
  let opened: TestLedger;
  let ana: string;
  let ben: string;

  beforeEach(async () => {
    opened = await openLedger();
    [ana, ben] = [randomUUID(), randomUUID()];
    for (let index = 1; index <= ROWS; index += 1) {
      opened.clock.advance(60);
      const claims = [`claim${String(index)}`, 'кто "это"\n'];
      await opened.ledger.append(releaseOf(ana, { claims }));
      await opened.ledger.append(releaseOf(ben, { claims, ip: null, grantId: null }));
    }
  });
  afterEach(() => opened.close());

  const verify = async (input: VerifyLedgerInput = {}) => {
    const findings: Finding[] = [];
    const report = await opened.ledger.verify({
      ...input,
      onFinding: (finding) => findings.push(finding),
    });
    expect(report.findings).to.equal(findings.length);
    return { ...report, found: findings };
  };

  const expectOnly = async (problem: Finding['problem'], seq: number | null) => {
    expect((await verify()).found).to.deep.equal([{ accountId: ana, seq, problem }]);
    expect((await verify({ accountId: ana })).found).to.deep.equal([
      { accountId: ana, seq, problem },
    ]);
    expect((await verify({ accountId: ben })).found).to.deep.equal([]);
  };

  const at = (seq: number, accountId = ana) =>
    `account_id = '${accountId}' and seq = ${String(seq)}`;

  it('passes when nothing was changed, signed or not', async () => {
    expect(await verify()).to.deep.include({
      accounts: 2,
      rows: 2 * ROWS,
      checkpoints: 0,
      found: [],
    });
    await opened.ledger.signCheckpoints();
    expect(await verify()).to.deep.include({ rows: 2 * ROWS, checkpoints: 1, found: [] });
    expect((await verify({ since: opened.clock.now() })).rows).to.equal(2);
  });

  it('with a start time trusts older rows, also when they were moved elsewhere', async () => {
    await opened.ledger.signCheckpoints();
    opened.clock.advance(3600);
    const since = opened.clock.now();
    for (const accountId of [ana, ana, ana, ben]) await opened.ledger.append(releaseOf(accountId));
    await opened.ledger.signCheckpoints();
    await opened.tamper(`delete from releases where seq <= ${String(ROWS)}`);
    expect(await verify({ since })).to.deep.include({ found: [] });
    expect((await verify()).found.map(({ seq }) => seq)).to.deep.equal([1, 1]);
    await opened.tamper(`update releases set channel = 'picture' where ${at(ROWS + 2)}`);
    expect((await verify({ since })).found).to.deep.equal([
      { accountId: ana, seq: ROWS + 2, problem: 'row_changed' },
    ]);
  });

  for (const [what, change] of [
    ['a claim', `claims = array['claim5', 'address']`],
    ['the order of claims', `claims = array[claims[2], claims[1]]`],
    ['the time, by a microsecond', `released_at = released_at + interval '1 microsecond'`],
    ['the channel', `channel = 'id_token'`],
    ['the app', `client_id = 'weather'`],
    ['the grant', `grant_id = null`],
    ['the address', `ip = '192.0.2.2'`],
    ['the request', `request_id = 'x'`],
    ['the hash', `hash = sha256(hash)`],
  ] as const) {
    it(`reports the row when ${what} was changed`, async () => {
      await opened.tamper(`update releases set ${change} where ${at(5)}`);
      await expectOnly('row_changed', 5);
    });
  }

  it('reports the row after a changed row with an adapted hash', async () => {
    await opened.tamper(`update releases set channel = 'picture' where ${at(5)}`);
    await opened.tamper(`
      update releases set hash = ledger_link(null, (select hash from releases where ${at(4)}),
        ledger_line(account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id))
      where ${at(5)}`);
    await expectOnly('row_changed', 6);
  });

  it('reports a row that was removed in the middle', async () => {
    await opened.tamper(`delete from releases where ${at(7)}`);
    await expectOnly('row_missing', 7);
  });

  it('reports the first of the rows that were removed at the end', async () => {
    await opened.tamper(`delete from releases where account_id = '${ana}' and seq > 9`);
    await expectOnly('row_missing', 10);
  });

  it('reports the first row when all were removed', async () => {
    await opened.tamper(`delete from releases where account_id = '${ana}'`);
    await expectOnly('row_missing', 1);
  });

  it('reports the first of two rows that were exchanged', async () => {
    await opened.tamper(
      `update releases set seq = case seq when 3 then 8 else 3 end where account_id = '${ana}' and seq in (3, 8)`,
    );
    await expectOnly('row_changed', 3);
  });

  it('reports a row that was inserted in the middle', async () => {
    await opened.tamper(`
      insert into releases (account_id, seq, released_at, client_id, channel, claims, hash)
      select account_id, 6, released_at + interval '1 second', 'weather', channel, claims, hash from releases where ${at(6)}`);
    await expectOnly('row_added', 6);
  });

  it('reports a row that was added after the end', async () => {
    await opened.tamper(`
      insert into releases (account_id, seq, released_at, client_id, channel, claims, hash)
      select account_id, 13, released_at, 'weather', channel, claims, hash from releases where ${at(12)}`);
    await expectOnly('row_added', 13);
  });

  it('reports a row of another account at any place', async () => {
    await opened.tamper(`
      insert into releases select * from (
        select (jsonb_populate_record(null::releases, to_jsonb(releases) || '{"account_id": "${ana}"}')).*
        from releases where ${at(12, ben)}) as copied
      on conflict do nothing`);
    await opened.tamper(`
      insert into releases (account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id, hash)
      select '${ana}', 13, released_at, client_id, grant_id, channel, claims, ip, request_id, hash
      from releases where ${at(12, ben)}`);
    await opened.tamper(
      `update ledger_heads set seq = 13, hash = (select hash from releases where ${at(13)}) where account_id = '${ana}'`,
    );
    await expectOnly('row_changed', 13);
  });

  it('reports rows of an account without an end', async () => {
    await opened.tamper(`delete from ledger_heads where account_id = '${ana}'`);
    await expectOnly('account_missing', null);
  });

  it('reports an end that was moved', async () => {
    await opened.tamper(`update ledger_heads set hash = sha256(hash) where account_id = '${ana}'`);
    await expectOnly('end_changed', 12);
  });

  describe('with adapted hashes and ends', () => {
    beforeEach(async () => {
      await opened.ledger.signCheckpoints();
      // Rows after the last signature do not affect the signed rows.
      await opened.ledger.append(releaseOf(ben));
    });

    const refit = (accountId: string, from: number) =>
      opened.tamper(`
        do $$
        declare
          before bytea := (select hash from releases where account_id = '${accountId}' and seq = ${String(from - 1)});
          found record;
        begin
          for found in select * from releases where account_id = '${accountId}' and seq >= ${String(from)} order by seq loop
            before := ledger_link(null, coalesce(before, ''), ledger_line(found.account_id, found.seq, found.released_at,
              found.client_id, found.grant_id, found.channel, found.claims, found.ip, found.request_id));
            update releases set hash = before where account_id = found.account_id and seq = found.seq;
            update ledger_heads set seq = found.seq, hash = before where account_id = found.account_id;
          end loop;
        end $$`);

    it('reports a rewritten chain by the signed ends', async () => {
      await opened.tamper(`update releases set client_id = 'weather' where ${at(5)}`);
      await refit(ana, 5);
      await expectOnly('chain_rewritten', 12);
      // A new signature does not hide the manipulation.
      await opened.ledger.append(releaseOf(ana));
      await opened.ledger.signCheckpoints();
      await expectOnly('chain_rewritten', 12);
    });

    it('reports a shortened chain by the signed ends', async () => {
      await opened.tamper(`delete from releases where account_id = '${ana}' and seq > 9`);
      await refit(ana, 9);
      await expectOnly('row_missing', 10);
    });

    it('reports a removed chain by the signed ends', async () => {
      await opened.tamper(`delete from releases where account_id = '${ana}'`);
      await opened.tamper(`delete from ledger_heads where account_id = '${ana}'`);
      await expectOnly('account_missing', null);
    });

    it('reports signed ends that were changed, removed or added', async () => {
      opened.clock.advance(60);
      await opened.ledger.append(releaseOf(ana));
      const [second] = await opened.ledger.signCheckpoints();
      expect((await verify()).lastCheckpoint).to.deep.equal(second);
      await opened.ledger.append(releaseOf(ana));
      const [third] = await opened.ledger.signCheckpoints();
      const problems = async (input: VerifyLedgerInput = {}) =>
        (await verify(input)).found.map(({ problem, seq }) => [problem, seq]);
      expect(await problems({ since: opened.clock.now() })).to.deep.equal([]);

      await opened.tamper(
        `update ledger_checkpoints set heads = replace(heads, ' 13 ', ' 12 ') where number = 2`,
      );
      expect(await problems()).to.deep.equal([['checkpoint_forged', 2]]);
      await opened.tamper(`delete from ledger_checkpoints where number = 2`);
      expect(await problems()).to.deep.equal([['checkpoint_missing', 2]]);
      await opened.tamper(`update ledger_checkpoints set number = 2 where number = 3`);
      expect(await problems()).to.deep.equal([['checkpoint_forged', 2]]);
      await opened.tamper(`delete from ledger_checkpoints where number = 2`);
      expect(await problems()).to.deep.equal([]);
      // The removal can be detected only with a copy of the checkpoint elsewhere.
      expect(await problems({ expected: third ?? { number: 3, digest: '' } })).to.deep.equal([
        ['checkpoint_missing', 3],
      ]);
    });
  });

  describe('of a purged account', () => {
    beforeEach(async () => {
      await opened.ledger.signCheckpoints();
      await opened.db.transaction((tx) => opened.ledger.signRemoval(tx, ana));
      await opened.tamper(`delete from releases where account_id = '${ana}'`);
    });

    it('reports nothing, also for rows that are written afterwards', async () => {
      expect(await opened.ledger.list({ accountId: ana, limit: 10 })).to.deep.equal([]);
      expect((await verify()).found).to.deep.equal([]);
      await opened.ledger.append(releaseOf(ana));
      await opened.ledger.append(releaseOf(ana));
      await opened.ledger.signCheckpoints();
      expect(await verify()).to.deep.include({ rows: ROWS + 2, found: [] });
      await opened.tamper(`update releases set channel = 'picture' where ${at(14)}`);
      await expectOnly('row_changed', 14);
    });

    it('does not accept the statement of one account for another', async () => {
      await opened.tamper(`delete from releases where account_id = '${ben}'`);
      await opened.tamper(
        `update ledger_heads set removal = (select removal from ledger_heads where account_id = '${ana}') where account_id = '${ben}'`,
      );
      expect((await verify()).found).to.deep.equal([
        { accountId: ben, seq: null, problem: 'removal_forged' },
      ]);
    });
  });
});
