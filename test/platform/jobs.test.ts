import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { startJobRunner, type JobRunner } from '../../src/platform/jobs/job-runner.ts';
import { createJobs, type JobKind, type Jobs } from '../../src/platform/jobs/jobs.ts';
import { createLogger, type Logger } from '../../src/platform/logger.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { waitFor as waitUntil } from '../support/wait-for.ts';

describe('Background jobs', () => {
  let database: TestDatabase;
  let db: Postgres;
  let jobs: Jobs;
  let runners: JobRunner[];

  beforeEach(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 5, applicationName: 'jobs-test' });
    jobs = createJobs(db);
    runners = [];
  });
  afterEach(async () => {
    for (const runner of runners) await runner.stop();
    await jobs.close();
    await db.close();
    await database.drop();
  });

  const start = async (
    kinds: readonly JobKind[],
    log: Logger = silent,
    endedSchedules: readonly string[] = [],
  ): Promise<void> => {
    runners.push(await startJobRunner({ url: database.url, kinds, log, endedSchedules }));
  };
  const enqueue = (name: string, data = {}, more = {}) =>
    db.transaction((tx) => jobs.enqueue(tx, { name, data, ...more }));
  const stateOf = async (name: string) => (await jobs.list()).find((queue) => queue.name === name);

  it('run only after the transaction that queued them has committed', async () => {
    const seen: unknown[] = [];
    await start([{ name: 'note', run: async (data) => void seen.push(data) }]);
    await db
      .transaction(async (tx) => {
        await jobs.enqueue(tx, { name: 'note', data: { id: 'undone' } });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    await enqueue('note', { id: 'done' });
    await waitFor('the job', () => seen.length > 0);
    expect(seen).to.deep.equal([{ id: 'done' }]);
  });

  it('start by a notification, without waiting for the next poll', async () => {
    const finished: number[] = [];
    await start([{ name: 'note', run: async () => void finished.push(performance.now()) }]);
    const queuedAt = performance.now();
    await enqueue('note');
    await waitFor('the job', () => finished.length > 0);
    // Without the notification the next poll is after 30 s.
    expect((finished[0] ?? Infinity) - queuedAt).to.be.below(5_000);
  });

  it('that waited before a process started run sequentially without pauses', async () => {
    const seen: unknown[] = [];
    for (let n = 0; n < 12; n += 1) await enqueue('note', { n });
    await start([{ name: 'note', run: async ({ n }) => void seen.push(n) }]);
    await waitFor('all jobs', () => seen.length === 12);
  });

  it('that wait for another attempt can be brought forward, and the age of the oldest is listed', async () => {
    const attempts: string[] = [];
    const run: JobKind['run'] = async ({ id }, { attempt }) => {
      attempts.push(`${String(id)} ${String(attempt)}`);
      if (attempt === 1) throw new Error('away');
    };
    await start([{ name: 'note', run }]);
    await enqueue('note', { id: 'a' });
    await enqueue('note', { id: 'b' });
    await waitFor('both were tried', () => attempts.length === 2);
    await waitFor('both failures', async () => (await stateOf('note'))?.waiting === 2);
    // As if the library had increased its pauses.
    await db.pool.query(`update pgboss.job set start_after = now() + interval '1 hour'`);
    await db.pool.query(`update pgboss.job set created_on = now() - interval '1 hour'`);
    expect((await stateOf('note'))?.oldestWaitingSeconds).to.be.within(3_590, 3_700);
    expect(await jobs.bringForward('note', ['a', 'unknown'])).to.equal(1);
    await waitFor('a second attempt', () => attempts.includes('a 2'));
    expect(attempts).not.to.include('b 2');
  });

  it('each run in one of several processes', async () => {
    const seen: unknown[] = [];
    const kind: JobKind = { name: 'note', run: async ({ n }) => void seen.push(n) };
    await jobs.prepare(['note']);
    for (let count = 0; count < 3; count += 1) await start([kind]);
    await Promise.all(Array.from({ length: 20 }, (_, n) => enqueue('note', { n })));
    await waitFor('an empty queue', async () => (await stateOf('note'))?.waiting === 0);
    await waitFor('all jobs', () => seen.length >= 20);
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it('with the same key are queued once', async () => {
    await enqueue('note', { n: 1 }, { key: 'same' });
    await enqueue('note', { n: 2 }, { key: 'same' });
    await enqueue('note', { n: 3 }, { key: 'other' });
    expect((await stateOf('note'))?.waiting).to.equal(2);
  });

  it('that fail are tried again, and the stored failure contains no personal data', async () => {
    const lines: { fields: object; message: string }[] = [];
    const log: Logger = {
      ...silent,
      warn: (fields: object, message: string) => void lines.push({ fields, message }),
    };
    const attempts: number[] = [];
    const run: JobKind['run'] = async (_data, { attempt }) => {
      attempts.push(attempt);
      if (attempt === 1)
        throw Object.assign(new Error('550 ana@example.org'), { code: 'EENVELOPE' });
    };
    await start([{ name: 'flaky', run }], log);
    await enqueue('flaky');
    await waitFor('the stored failure', async () => (await storedJobs()).includes('EENVELOPE'));
    expect(await storedJobs()).to.not.include('ana@example.org');
    expect(JSON.stringify(lines)).to.include('EENVELOPE').and.not.include('ana@example.org');
    await db.pool.query(`update pgboss.job set start_after = now() where name = 'flaky'`);
    await enqueue('flaky', { n: 'wakes the worker' });
    await waitFor('a second attempt', () => attempts.includes(2));
  });

  it('that fail at the last attempt are counted as failed', async () => {
    const run: JobKind['run'] = async (_data, { isLastAttempt }) => {
      throw new Error(String(isLastAttempt));
    };
    await start([{ name: 'hopeless', run }]);
    await enqueue('hopeless', {}, { maxAttempts: 1 });
    await waitFor('the failed job', async () => (await stateOf('hopeless'))?.failed === 1);
  });

  it('of a killed process are taken over by another', async function () {
    this.timeout(120_000);
    const worker = fork(fileURLToPath(new URL('./job-worker.ts', import.meta.url)), [database.url]);
    await enqueue('stuck');
    await once(worker, 'message');
    worker.kill('SIGKILL');
    const attempts: number[] = [];
    await start([
      { name: 'stuck', run: async (_data, { attempt }) => void attempts.push(attempt) },
    ]);
    await waitFor('the second attempt', () => attempts.length > 0, 90_000);
    expect(attempts).to.deep.equal([2]);
  });

  it('have the schedules of the newest process, without those that it ends', async () => {
    const nothing = () => Promise.resolve();
    await start([
      { name: 'kept', schedule: '*/10 * * * *', run: nothing },
      { name: 'gone', schedule: '*/10 * * * *', run: nothing },
    ]);
    const kinds = [{ name: 'kept', schedule: '5 * * * *', run: nothing }];
    await start(kinds, silent, ['gone', 'never']);
    expect((await stateOf('kept'))?.schedule).to.equal('5 * * * *');
    expect((await stateOf('gone'))?.schedule).to.equal(null);
  });

  it('keep the schedules of a newer version when an older process starts beside it', async () => {
    const nothing = () => Promise.resolve();
    const known = { name: 'known', schedule: '*/10 * * * *', run: nothing };
    await start([known, { name: 'new', schedule: '7 * * * *', run: nothing }]);
    await start([known]);
    expect((await stateOf('new'))?.schedule).to.equal('7 * * * *');
  });

  async function storedJobs(): Promise<string> {
    const { rows } = await db.pool.query(
      `select coalesce(string_agg(job::text, ' '), '') as text from pgboss.job`,
    );
    return (rows[0] as { text: string }).text;
  }
});

const silent = createLogger({ level: 'silent' });

const waitFor = (what: string, isTrue: () => boolean | Promise<boolean>, withinMs = 10_000) =>
  waitUntil(what, isTrue, withinMs);
