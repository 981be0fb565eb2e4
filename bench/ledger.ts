/**
 * `npm run bench -- --ledger`: the cost of a row in the ledger, in CPU of this process and of PostgreSQL, beside the same
 * row written plainly (no chain, one statement per group as well).
 */
import { randomUUID } from 'node:crypto';

import { createGroupCommit } from '../src/ledger/group-commit.ts';
import { createLedger, type Release } from '../src/ledger/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { openPostgres, type Postgres } from '../src/platform/postgres/postgres.ts';
import type { Signer } from '../src/platform/keys/signer.ts';
import { startStorage, type Storage } from './subjects/storage.ts';

const ROUNDS = 3;
const WARM_UP_ROWS = 1_000;
const ACCOUNTS = 500;
// With one caller each row waits for its commit, so fewer rows are sufficient.
const RUNS = [
  { concurrency: 1, rows: 1_000 },
  { concurrency: 32, rows: 8_000 },
] as const;
type Run = (typeof RUNS)[number];
/** The maximum additional cost of a release with the ledger. */
const TARGET_MS = 0.3;

interface Figures {
  readonly nodeMs: number;
  readonly postgresMs: number;
  /** Commits per row. */
  readonly commits: number;
}

/** Measures and prints. @returns whether a row stays below the target. */
async function benchLedger(): Promise<boolean> {
  const storage = await startStorage();
  const db = openPostgres({ url: storage.databaseUrl, poolSize: 5, applicationName: 'bench' });
  try {
    await prepare(db);
    const ways = { chained: chained(db), plain: plain(db) };
    console.log('concurrency  way      node ms  postgres ms  commits per row');
    let worst = 0;
    for (const run of RUNS) {
      const { concurrency } = run;
      const figures = await compare(storage, ways, run);
      for (const [way, { nodeMs, postgresMs, commits }] of Object.entries(figures)) {
        console.log(
          `${String(concurrency).padEnd(13)}${way.padEnd(9)}${nodeMs.toFixed(3).padEnd(9)}${postgresMs.toFixed(3).padEnd(13)}${commits.toFixed(2)}`,
        );
      }
      worst = Math.max(worst, figures.chained.nodeMs);
    }
    const isMet = worst <= TARGET_MS;
    console.log(
      `a row costs the server at most ${worst.toFixed(3)} ms of CPU, target ${String(TARGET_MS)}: ${isMet ? 'met' : 'missed'}`,
    );
    return isMet;
  } finally {
    await db.close();
    await storage.stop();
  }
}

type Append = (release: Release) => Promise<void>;

async function compare(
  storage: Storage,
  ways: Readonly<Record<'chained' | 'plain', Append>>,
  run: Run,
): Promise<Record<'chained' | 'plain', Figures>> {
  const runs = { chained: [] as Figures[], plain: [] as Figures[] };
  for (const way of ['chained', 'plain'] as const)
    await write(ways[way], { ...run, rows: WARM_UP_ROWS });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of round % 2 === 0
      ? (['chained', 'plain'] as const)
      : (['plain', 'chained'] as const)) {
      runs[way].push(await measure(storage, run.rows, () => write(ways[way], run)));
    }
  }
  return { chained: median(runs.chained), plain: median(runs.plain) };
}

async function measure(
  storage: Storage,
  rows: number,
  work: () => Promise<void>,
): Promise<Figures> {
  const before = await storage.read();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const after = await storage.read();
  return {
    nodeMs: (user + system) / 1_000 / rows,
    postgresMs: (after.postgresMs - before.postgresMs) / rows,
    commits: (after.commits - before.commits) / rows,
  };
}

const accounts = Array.from({ length: ACCOUNTS }, () => randomUUID());

async function write(
  append: Append,
  { concurrency, rows }: { readonly concurrency: number; readonly rows: number },
): Promise<void> {
  let started = 0;
  const caller = async (): Promise<void> => {
    while (started < rows) {
      started += 1;
      await append({
        accountId: accounts[started % ACCOUNTS] ?? '',
        clientId: 'a-client-of-the-benchmark',
        grantId: 'a-grant-of-the-benchmark-with-43-characters',
        channel: 'userinfo',
        claims: ['name', 'email', 'email_verified'],
        ip: '192.0.2.17',
      });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}

/** Nothing is signed here. */
const NO_SIGNER: Signer = {
  sign: () => Promise.reject(new Error('not part of this benchmark')),
  verify: () => Promise.reject(new Error('not part of this benchmark')),
};

function chained(db: Postgres): Append {
  return createLedger({ db, clock: systemClock, signer: NO_SIGNER }).append;
}

async function prepare(db: Postgres): Promise<void> {
  await db.pool.query(`create table plain_releases (
    id bigint generated always as identity primary key, account_id uuid not null, client_id text not null, grant_id text,
    channel text not null, claims text[] not null, ip text, request_id text, released_at timestamptz not null)`);
  await db.pool.query('create index on plain_releases (account_id, released_at desc)');
}

function plain(db: Postgres): Append {
  const commit = createGroupCommit<Release>(async (rows) => {
    const releasedAt = systemClock.now();
    await db.query({
      name: 'bench-plain-insert',
      text: `insert into plain_releases (account_id, client_id, grant_id, channel, claims, ip, released_at)
        select * from json_to_recordset($1::json) as released
          ("accountId" uuid, "clientId" text, "grantId" text, channel text, claims text[], ip text, "releasedAt" timestamptz)`,
      values: [JSON.stringify(rows.map((row) => ({ ...row, releasedAt })))],
    });
  });
  return (release) => commit(release);
}

function median(figures: readonly Figures[]): Figures {
  const middle = (pick: (figure: Figures) => number): number =>
    figures.map(pick).toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? 0;
  return {
    nodeMs: middle(({ nodeMs }) => nodeMs),
    postgresMs: middle(({ postgresMs }) => postgresMs),
    commits: middle(({ commits }) => commits),
  };
}

if (!(await benchLedger())) process.exitCode = 1;
