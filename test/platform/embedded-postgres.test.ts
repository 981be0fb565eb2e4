import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import pg from 'pg';

import { embeddedPostgresFolder } from '../../src/dev/embedded-postgres.ts';

const SCRIPT = fileURLToPath(new URL('start-embedded.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

interface Started {
  readonly child: ChildProcess;
  readonly starts?: number;
  readonly url?: string;
  readonly failure?: string;
}

describe('Embedded PostgreSQL', function () {
  this.timeout(60_000);
  const copiesFolder = path.dirname(embeddedPostgresFolder(PROJECT, 'test'));
  const running = new Set<ChildProcess>();
  let folder: string;

  beforeEach(() => {
    folder = path.join(copiesFolder, `embedded-${String(process.pid)}-${String(Date.now())}`);
  });

  afterEach(async () => {
    await Promise.all([...running].map((child) => end(child, 'SIGTERM')));
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<Started> {
    const child = fork(SCRIPT, [folder, copiesFolder]);
    running.add(child);
    const [message] = (await once(child, 'message')) as [Omit<Started, 'child'>];
    return { child, ...message };
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    running.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  it('keeps its data between starts', async () => {
    const first = await start();
    await end(first.child, 'SIGTERM');
    expect((await start()).starts).to.equal(2);
  });

  it('ends when its process is killed, and the next start has the data', async () => {
    const first = await start();
    await end(first.child, 'SIGKILL');
    const url = first.url ?? '';
    const deadline = Date.now() + 10_000;
    while ((await answers(url)) && Date.now() < deadline) await sleep(50);
    expect(await answers(url)).to.equal(false);
    expect((await start()).starts).to.equal(2);
  });

  it('starts immediately after a kill, while the old server may still be stopping', async () => {
    const first = await start();
    await end(first.child, 'SIGKILL');
    expect((await start()).starts).to.equal(2);
  });

  it('refuses a second process for its folder and names the first', async () => {
    const first = await start();
    const second = await start();
    expect(second.failure).to.include(`Another instance (process ${String(first.child.pid)})`);
    expect(await answers(first.url ?? '')).to.equal(true);
  });

  it('takes over a lock whose process has ended, also when its pid is reused', async () => {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
      path.join(folder, 'lock'),
      JSON.stringify({ pid: process.pid, startedAt: '1' }),
    );
    expect((await start()).starts).to.equal(1);
  });
});

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
