import { directUrlOf, type Config } from '../../config/config.ts';
import { openChangeFeed } from '../../platform/change-feed.ts';
import { MOST_DIFFERENCE_SECONDS } from '../../platform/postgres/database-clock.ts';
import { withClient } from '../../platform/postgres/postgres-client.ts';
import { openPostgres, type Postgres } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { probeDatabase } from '../../platform/postgres/write-probe.ts';
import { requireMigrated } from '../database.ts';
import { type Finding, Wrong } from './check.ts';

const OLDEST_POSTGRES = 150_000;
const NOTABLE_SECONDS = 1;
const APPLICATION_NAME = 'consentry-doctor';

/** Version, standby, schema, writing, clock, and whether notifications arrive. */
export async function checkDatabase(config: Config): Promise<Finding> {
  const { databaseUrl: url } = config;
  const version = await checkServer(url);
  // Checked first, because most other checks fail behind such a pooler, with misleading errors.
  await checkNotifications(config);
  const notes: string[] = [];
  await requireMigrated(directUrlOf(config), (line) => notes.push(line));
  const isBehindPooler = config.databaseDirectUrl !== null;
  const db = openPostgres({ url, poolSize: 1, applicationName: APPLICATION_NAME, isBehindPooler });
  try {
    await checkWriting(db);
    notes.push(...(await checkClock(db)));
  } finally {
    await db.close();
  }
  return { text: `PostgreSQL ${version}, the schema is current, it accepts writes`, notes };
}

interface ServerState {
  readonly version: string;
  readonly number: number;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
}

/** @returns the version. @throws Wrong, or the driver's error when it is not reached. */
export async function checkServer(url: string): Promise<string> {
  const config = { connectionTimeoutMillis: 3_000, query_timeout: 5_000 };
  const { rows } = await withClient(url, config, (client) =>
    client.query<ServerState>(
      `select current_setting('server_version') as version,
              current_setting('server_version_num')::int as number,
              pg_is_in_recovery() as "isStandby",
              current_setting('transaction_read_only') = 'on' as "isReadOnly"`,
    ),
  );
  const [server] = rows;
  if (server === undefined) throw new Error('it answered nothing');
  if (server.number < OLDEST_POSTGRES)
    throw new Wrong(`PostgreSQL ${server.version} is too old`, 'PostgreSQL 15 or later is needed');
  if (server.isStandby)
    throw new Wrong('this is a read-only standby', 'name the primary, or all servers of it');
  if (server.isReadOnly)
    throw new Wrong(
      'it is read-only',
      'reset default_transaction_read_only of the server, the database and the role',
    );
  return server.version;
}

async function checkWriting(db: Postgres): Promise<void> {
  try {
    await probeDatabase(db);
  } catch (error) {
    const { cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : (error as Error).message;
    throw new Wrong(`a row cannot be written (${reason})`, 'look at its disk and its log');
  }
}

async function checkClock(db: Postgres): Promise<readonly string[]> {
  const before = Date.now();
  const [row] = await db.query<{ now: Date }>(sql`select clock_timestamp() as now`);
  const now = row?.now.getTime() ?? before;
  const seconds = ((before + Date.now()) / 2 - now) / 1000;
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  const difference = `the clock of this machine is ${Math.abs(seconds).toFixed(1)} s ${direction} the clock of the database`;
  const cure = 'synchronise both with NTP';
  if (Math.abs(seconds) > MOST_DIFFERENCE_SECONDS) throw new Wrong(difference, cure);
  return Math.abs(seconds) > NOTABLE_SECONDS ? [`${difference}: ${cure}`] : [];
}

async function checkNotifications(config: Config): Promise<void> {
  const feed = await openChangeFeed({
    url: config.databaseUrl,
    directUrl: directUrlOf(config),
    applicationName: APPLICATION_NAME,
  });
  const isSilent = feed.isSilent();
  await feed.close();
  if (!isSilent) return;
  if (config.databaseDirectUrl === null)
    throw new Wrong(
      'notifications do not arrive, DATABASE_URL leads to a pooler in transaction mode',
      'set DATABASE_DIRECT_URL to the address of PostgreSQL itself',
    );
  throw new Wrong(
    'notifications do not arrive at DATABASE_DIRECT_URL',
    'it must lead to the same database as DATABASE_URL, and to PostgreSQL itself',
  );
}
