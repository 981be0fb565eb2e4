// Started by embedded-postgres.test.ts as a separate process: runs a database in the given folder until it is killed.
import pg from 'pg';

import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres.ts';

const [stateFolder = '', copiesFolder = stateFolder] = process.argv.slice(2);
try {
  const server = await startEmbeddedPostgres({ stateFolder, copiesFolder, isDurable: true });
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  await client.query('create table if not exists starts (at timestamptz)');
  await client.query('insert into starts values (now())');
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from starts');
  await client.end();
  process.send?.({ starts: rows[0]?.n, url: server.url() });
  process.on('SIGTERM', () => {
    void server.stop().then(() => process.exit(0));
  });
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.send?.({ failure: (error as Error).message }, () => process.exit(1));
}
