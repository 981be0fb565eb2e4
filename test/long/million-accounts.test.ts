import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import {
  embeddedPostgresFolder,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/dev/embedded-postgres.ts';
import { migrateUp } from '../../src/platform/postgres/migrations.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { openAccountSealer, wrapNewKey } from '../../src/vault/keys/account-key.ts';
import { createAccountKeyStore } from '../../src/vault/keys/account-key-store.ts';
import { sealValue } from '../../src/vault/attributes/sealed-value.ts';
import { moveAccountKeys } from '../../src/vault/keys/move-account-keys.ts';
import { testConfig } from '../support/config.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';

/** Number of accounts. Change it with ACCOUNTS. */
const ACCOUNTS = Number(process.env['ACCOUNTS'] ?? 1_000_000);
const BATCH = 5_000;
const READERS = 100;
const PURGED = [100, 400] as const;
const SCOPES = ['openid', 'profile', 'email'];

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Reader {
  readonly person: TestPerson;
  readonly grantId: string;
}

/** Times of this process, which runs the code of the server. */
interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

describe(`An installation of ${String(ACCOUNTS)} accounts`, () => {
  const project = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
  const stateFolder = embeddedPostgresFolder(project, `million-${String(process.pid)}`);
  let postgres: EmbeddedPostgres;
  let connected: Connected;
  let clientId: string;
  let readers: readonly Reader[];
  const small: { release?: Cost; purge?: Cost } = {};

  before(async () => {
    fs.mkdirSync(stateFolder, { recursive: true });
    const copiesFolder = path.dirname(stateFolder);
    postgres = await startEmbeddedPostgres({ stateFolder, copiesFolder, isDurable: true });
    for (const name of ['main', 'keys']) await postgres.createDatabase(name);
    await migrateUp(postgres.url('main'));
    connected = await open();
    await connected.ledger.ensurePartitions();
    await addReaders();
  });
  after(async () => {
    await connected?.close();
    await postgres?.stop();
    fs.rmSync(stateFolder, { recursive: true, force: true });
  });

  function open(): Promise<Connected> {
    const changes = {
      keyStoreUrl: postgres.url('keys'),
      deletionRetentionDays: 0,
      runsJobs: false,
    };
    return connect(testConfig(postgres.url('main'), changes));
  }

  async function addReaders(): Promise<void> {
    const values = { name: ['Ana Petrova'], nickname: ['ana'], birthdate: ['1990-01-31'] };
    const owner = await createPerson(connected);
    const { client } = await connected.clients.create({
      ownerAccountId: owner.accountId,
      applicationType: 'web',
      name: 'Reader',
      redirectUris: ['http://127.0.0.1:9/callback'],
      scopes: SCOPES,
      requests: ['email', ...Object.keys(values)].map((claim) => ({
        claim,
        necessity: 'voluntary' as const,
        purpose: { en: 'To measure' },
        longestDuration: 'until_withdrawn' as const,
      })),
    });
    clientId = client.id;
    const made: Reader[] = [];
    for (let count = 0; count < READERS; count += 1) {
      const person = await createPerson(connected, { values });
      const { accountId } = person;
      const claims = Object.fromEntries(
        Object.entries(person.attributeIds).map(([claim, [id = '']]) => [claim, id]),
      );
      const consent = await connected.consents.decide({
        accountId,
        request: { client, scopes: SCOPES, claims: [], resources: [] },
        decision: { claims },
        locale: 'en',
      });
      const grant = await connected.tokens.createGrant(connected.db, {
        accountId,
        clientId,
        consentId: consent.id,
        sessionUid: null,
        expiresInSeconds: 86_400,
      });
      made.push({ person, grantId: grant.id });
    }
    readers = made;
  }

  /** Adds accounts whose keys a master key wraps, as in an installation without a key store. */
  async function fill(count: number): Promise<string[]> {
    const { db, masterSealer, keyStore } = connected;
    const wrapping = { masterSealer, leaves: keyStore };
    const ids: string[] = [];
    for (let done = 0; done < count; done += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - done) }, () => randomUUID());
      await db.query({
        name: 'test-accounts',
        text: `insert into accounts (id, status, locale, created_at, updated_at)
               select unnest($1::uuid[]), 'active', 'en', now(), now()`,
        values: [batch],
      });
      const keys = batch.map((accountId) => ({
        accountId,
        createdAt: new Date(),
        ...wrapNewKey(wrapping, { accountId, leaf: null }),
      }));
      await createAccountKeyStore(db).insertMany(keys);
      const values = keys.flatMap((key) => {
        const sealer = openAccountSealer(wrapping, key.accountId, key);
        if (sealer === null) throw new Error('a new key does not open');
        return ['name', 'nickname'].map((claim) => {
          const place = { accountId: key.accountId, id: randomUUID(), claim };
          const content = { value: `Person ${key.accountId}`, label: null };
          return { ...place, sealed: sealValue(sealer, place, content) };
        });
      });
      await db.query({
        name: 'test-attributes',
        text: `insert into attributes (id, account_id, claim, sealed_value, created_at, updated_at)
               select *, now(), now() from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[])`,
        values: [
          values.map(({ id }) => id),
          values.map(({ accountId }) => accountId),
          values.map(({ claim }) => claim),
          values.map(({ sealed }) => sealed),
        ],
      });
      ids.push(...batch);
      if (done % 100_000 === 0) process.stderr.write(`  ${String(done)} accounts\n`);
    }
    return ids;
  }

  async function costOf(times: number, work: () => Promise<unknown>): Promise<Cost> {
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    return {
      wallMs: (performance.now() - startedAt) / times,
      cpuMs: (user + system) / 1_000 / times,
    };
  }

  /** Measures on a new node with empty caches. */
  async function measureReleases(): Promise<Cost> {
    const node = await open();
    try {
      return await costOf(readers.length, async () => {
        for (const { person, grantId } of readers) {
          const released = await node.claims.releaseClaims({
            accountId: person.accountId,
            clientId,
            grantId,
            scopes: SCOPES,
            requestedClaims: [],
            channel: 'userinfo',
          });
          expect(released).to.include.keys('email', 'name');
        }
      });
    } finally {
      await node.close();
    }
  }

  async function purge(ids: readonly string[]): Promise<Cost> {
    const { deletions } = connected;
    for (const accountId of ids) await deletions.delete({ accountId, locale: 'en' });
    return costOf(ids.length, async () => {
      expect(await deletions.purgeDue()).to.equal(ids.length);
    });
  }

  function show(name: string, cost: Cost): void {
    report(`  ${name}: ${cost.wallMs.toFixed(2)} ms, ${cost.cpuMs.toFixed(2)} ms CPU`);
  }

  it('is compared with a small installation, measured first', async () => {
    const ids = await fill(200);
    await moveAccountKeys({ ...connected, leaves: connected.keyStore }, { batchSize: 500 });
    await measureReleases();
    small.release = await measureReleases();
    small.purge = await purge(ids.slice(0, 100));
    show('a release, small', small.release);
    show('a purge, small', small.purge);
  });

  it('moves its keys into the tree, and releases and purges cost about the same as in a small installation', async () => {
    const startedAt = performance.now();
    const ids = await fill(ACCOUNTS);
    report(`  filled in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    for (const table of ['accounts', 'attributes', 'account_keys']) {
      await connected.db.pool.query({ text: `analyze ${table}` }).catch(() => undefined);
    }
    const move = await costOf(ACCOUNTS, () =>
      moveAccountKeys({ ...connected, leaves: connected.keyStore }, { batchSize: 500 }),
    );
    report(
      `  moving a key: ${(move.wallMs * 1000).toFixed(0)} µs, ${(move.cpuMs * 1000).toFixed(0)} µs CPU; all ${((move.wallMs * ACCOUNTS) / 1000).toFixed(0)} s`,
    );

    await measureReleases();
    const release = await measureReleases();
    show('a release', release);

    const left = [...ids];
    const anyOf = (count: number): string[] =>
      Array.from({ length: count }, () => {
        const [id = ''] = left.splice(Math.floor(Math.random() * left.length), 1);
        return id;
      });
    const purges: Cost[] = [];
    for (const count of PURGED) {
      const cost = await purge(anyOf(count));
      purges.push(cost);
      show(`a purge, ${String(count)} at once`, cost);
    }
    const [row] = await connected.keyStore.db.query<{ count: string }>({
      name: 'test-nodes',
      text: 'select count(*) from key_store.tree_nodes',
    });
    const start = await costOf(1, async () => (await open()).close());
    report(
      `  ${row?.count ?? '0'} nodes of the tree are left, a node opens in ${start.wallMs.toFixed(0)} ms`,
    );
    show('a release after the purges', await measureReleases());

    // Loose bounds, because the load of the machine varies.
    expect(release.cpuMs).to.be.below(3 * (small.release?.cpuMs ?? 0) + 1);
    for (const cost of purges) expect(cost.cpuMs).to.be.below(5 * (small.purge?.cpuMs ?? 0) + 5);
  });
});
