import { expect } from 'chai';
import pg from 'pg';

import { isModern } from '../../src/cli/modern-node.js';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode, type NodeOptions, type ServerNode } from '../support/servers/node.ts';
import { testRedisUrl } from '../support/servers/redis.ts';

describe('A server process', () => {
  let database: TestDatabase;
  const nodes: ServerNode[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.kill()));
    await database.drop();
  });

  async function start(options: Omit<NodeOptions, 'databaseUrl'> = {}): Promise<ServerNode> {
    const node = await startNode({ databaseUrl: database.url, ...options });
    nodes.push(node);
    return node;
  }

  it('stops in order at SIGTERM', async () => {
    const node = await start();
    expect((await fetch(`${node.url}/.well-known/openid-configuration`)).status).to.equal(200);
    expect(await node.stop()).to.equal(0);
  });

  it('publishes the same keys on every node of one database', async () => {
    const first = await start({ redisUrl: testRedisUrl() });
    const second = await start({ redisUrl: testRedisUrl(), issuer: first.issuer });
    const [one, two] = await Promise.all(
      [first, second].map(async ({ url }) => (await fetch(`${url}/jwks`)).text()),
    );
    expect(one).to.include('"keys"').and.to.equal(two);
  });

  it('starts on the database of a killed node', async () => {
    const first = await start();
    await first.kill();
    const second = await start({ issuer: first.issuer });
    expect((await fetch(`${second.url}/jwks`)).status).to.equal(200);
  });

  it('runs on a schema extended by a later version, with a warning', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `insert into knex_migrations (name, batch, migration_time) values ('29990101000000_add_something.ts', 99, now());
       alter table accounts add column something text`,
    );
    await client.end();
    const node = await start({ env: { LOG_LEVEL: 'warn' } });
    expect((await fetch(`${node.url}/health/ready`)).status).to.equal(200);
    await node.stop();
    expect(node.output()).to.include('The schema is newer than this version by 1 migrations');
  });
});

describe('The entry check for old versions of Node', () => {
  for (const [version, expected] of [
    ['20.20.2', false],
    ['22.17.1', false],
    ['22.18.0', true],
    ['24.0.0', true],
    ['26.10.0', true],
  ] as const) {
    it(`${expected ? 'accepts' : 'refuses'} Node ${version}`, () => {
      expect(isModern(version)).to.equal(expected);
    });
  }
});
