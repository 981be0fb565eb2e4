import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';
import { Redis } from 'ioredis';
import pg from 'pg';

import { checkDisk } from '../../src/cli/doctor/check-machine.ts';
import { findFreePort } from '../../src/dev/free-port.ts';
import { runCommand } from '../cli/run-command.ts';
import { TEST_ENVIRONMENT } from '../support/config.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../support/servers/database.ts';
import { startMuteServer } from './mute-server.ts';
import { startPgBouncer } from '../support/servers/pgbouncer.ts';
import { startRedis } from '../support/servers/redis.ts';
import type { RedisServer } from '../support/servers/redis-server.ts';
import { startTestServer } from '../support/servers/server.ts';
import { type MailCatcher, startSmtp } from '../support/servers/smtp.ts';

type Settings = Readonly<Record<string, string>>;

describe('consentry doctor', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let admin: pg.Client;
  let redis: RedisServer;
  let redisAdmin: Redis;
  let smtp: MailCatcher;
  let settings: Settings;

  before(async () => {
    database = await createTestDatabase();
    // Creates the keys and the key store.
    await (await startTestServer({ databaseUrl: database.url })).stop();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    redis = await startRedis();
    redisAdmin = new Redis(redis.url);
    smtp = await startSmtp();
    settings = {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      SMTP_URL: smtp.url,
    };
  });
  after(async () => {
    redisAdmin?.disconnect();
    await redis?.stop();
    await smtp?.stop();
    await admin?.end();
    await database?.drop();
  });

  /** @returns the lines that are not `ok`. Expects one line per check and the matching exit code. */
  async function problems(changes: Settings = {}): Promise<readonly string[]> {
    const { code, output, errors } = await runCommand(['doctor'], { ...settings, ...changes });
    expect(errors).to.equal('');
    const lines = output.trimEnd().split('\n');
    for (const line of lines) expect(line).to.match(/^(?:ok|note|wrong) +\S/);
    expect(lines.length, output).to.be.greaterThan(7);
    const isWrong = lines.some((line) => line.startsWith('wrong'));
    expect(code, output).to.equal(isWrong ? 1 : 0);
    return lines.filter((line) => !line.startsWith('ok'));
  }
  /** Expects exactly one problem. */
  async function expectWrong(name: string, words: RegExp, changes: Settings = {}): Promise<void> {
    const found = await problems(changes);
    expect(found, found.join('\n')).to.have.length(1);
    expect(found[0]?.startsWith(`wrong ${name.padEnd(10)}`), found[0]).to.equal(true);
    expect(found[0]).to.match(words);
    expect(found[0]).not.to.include('secret-word');
  }

  it('reports no problem of a correct installation', async () => {
    expect(await problems()).to.deep.equal([]);
  });

  describe('reports about the database', () => {
    it('a pooler in transaction mode without DATABASE_DIRECT_URL', async () => {
      const pooler = await startPgBouncer(database.url);
      try {
        const behind = { DATABASE_URL: pooler.url, KEY_STORE_URL: database.url };
        await expectWrong(
          'database',
          /pooler in transaction mode: set DATABASE_DIRECT_URL/,
          behind,
        );
        expect(await problems({ ...behind, DATABASE_DIRECT_URL: database.url })).to.deep.equal([]);
      } finally {
        await pooler.stop();
      }
    });

    it('a DATABASE_DIRECT_URL of another database', async () => {
      const other = await createTestDatabase();
      try {
        const found = await problems({
          DATABASE_DIRECT_URL: other.url,
          KEY_STORE_URL: database.url,
        });
        expect(found.join('\n')).to.match(/wrong database .*DATABASE_DIRECT_URL: it must lead to/);
      } finally {
        await other.drop();
      }
    });

    it('that it is read-only', async () => {
      const name = admin.escapeIdentifier(new URL(database.url).pathname.slice(1));
      await admin.query(`alter database ${name} set default_transaction_read_only = on`);
      try {
        const found = await problems();
        expect(found.join('\n')).to.match(
          /wrong database +it is read-only: reset default_transaction_read_only/,
        );
        expect(found.join('\n')).to.match(/wrong key store +it is read-only/);
      } finally {
        await admin.query('set default_transaction_read_only = off');
        await admin.query(`alter database ${name} reset default_transaction_read_only`);
      }
    });

    it('that a row cannot be written, as with a full disk', async () => {
      await admin.query(`create function full_disk() returns trigger language plpgsql as
        $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$`);
      await admin.query(`create trigger full_disk before update on write_probe
        for each row execute function full_disk()`);
      try {
        await expectWrong('database', /cannot be written \(no space left.*: look at its disk/);
      } finally {
        await admin.query('drop function full_disk cascade');
      }
    });

    for (const seconds of [60, -60]) {
      const direction = seconds > 0 ? 'ahead of' : 'behind';
      it(`a clock that is a minute ${direction} it`, async () => {
        const shift = `const now = Date.now; Date.now = () => now() + ${String(seconds * 1000)};`;
        const preload = `--import=data:text/javascript,${encodeURIComponent(shift)}`;
        const words = new RegExp(`60\\.\\d s ${direction} the clock of the database: .*NTP`);
        await expectWrong('database', words, { NODE_OPTIONS: preload });
      });
    }

    it('pending migrations and an unreachable server', async () => {
      const empty = await createEmptyDatabase();
      try {
        const found = await problems({ DATABASE_URL: empty.url });
        expect(found.join('\n')).to.match(/wrong database .*not applied.*Run "consentry migrate"/);
      } finally {
        await empty.drop();
      }
      const away = new URL(database.url);
      away.port = String(await findFreePort());
      const found = await problems({ DATABASE_URL: away.href });
      expect(found.join('\n')).to.match(/wrong database .*ECONNREFUSED/);
    });
  });

  it('reports signing keys under a missing master key', async () => {
    const other = `2:${Buffer.alloc(32, 9).toString('base64')}`;
    await expectWrong('keys', /under master key 1, which is missing: add that key to MASTER_KEYS/, {
      MASTER_KEYS: other,
    });
  });

  describe('reports about Redis', () => {
    it('an eviction policy that drops keys', async () => {
      await redisAdmin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await expectWrong('redis', /maxmemory-policy is allkeys-lru.*: set it to noeviction/);
      await redisAdmin.config('SET', 'maxmemory-policy', 'noeviction');
    });

    it('that it is full', async () => {
      await redisAdmin.config('SET', 'maxmemory', '1');
      await expectWrong('redis', /a key cannot be written \(OOM.*: look at its memory/);
      await redisAdmin.config('SET', 'maxmemory', '0');
    });

    it('that it is a replica', async () => {
      await redisAdmin.replicaof('127.0.0.1', '1');
      await expectWrong('redis', /this is a replica: name the master/);
      await redisAdmin.replicaof('NO', 'ONE');
    });

    it('that it is unreachable or refuses the password', async () => {
      const port = String(await findFreePort());
      await expectWrong('redis', /: check REDIS_URL/, {
        REDIS_URL: `redis://:secret-word@127.0.0.1:${port}`,
      });
      await redisAdmin.config('SET', 'requirepass', 'right');
      await expectWrong('redis', /(?:NOAUTH|WRONGPASS).*: check REDIS_URL/);
      await redisAdmin.config('SET', 'requirepass', '');
    });
  });

  it('reports a mail server that is unreachable or never responds', async () => {
    const port = String(await findFreePort());
    await expectWrong('mail', /ESOCKET|ECONNECTION/, {
      SMTP_URL: `smtp://u:secret-word@127.0.0.1:${port}`,
    });
    const mute = await startMuteServer();
    await expectWrong('mail', /ETIMEDOUT\): check SMTP_URL/, {
      SMTP_URL: `smtp://127.0.0.1:${String(mute.port)}`,
    });
    await mute.stop();
  });

  it('reports a disk with little free space', async () => {
    const folder = os.tmpdir();
    const { text } = await checkDisk(path.join(folder, 'no', 'such-folder'), 1);
    expect(text.endsWith(`GB free at ${folder}`), text).to.equal(true);
    const failure = await checkDisk(folder, Number.MAX_SAFE_INTEGER).catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error);
    expect((failure as Error).message).to.match(/only .* GB free at \/tmp: make room/);
  });
});
