import knexFactory, { type Knex } from 'knex';
import pg from 'pg';

import { AppError } from './app-error.ts';

/** A named prepared statement: parsed and planned once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** A pool or a transaction; stores do not know which. */
export interface Database {
  query<Row>(statement: Statement): Promise<Row[]>;
  /** Runs what a query builder describes. Costs several times a prepared statement: not for hot paths. */
  run<Row>(builder: Knex.QueryBuilder | Knex.Raw): Promise<Row[]>;
  /** All or nothing. Inside a transaction it joins that one. */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
  /** Calls back once what was done is durable: after the commit, or at once outside of a transaction. */
  afterCommit(callback: () => void): void;
}

/** The shared connection pool. */
export interface Postgres extends Database {
  readonly pool: pg.Pool;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
}

/** Builds SQL and never connects: hand the result to {@link Database.run}. */
export const sql: Knex = knexFactory({ client: 'pg' });

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 4_000;
const LOCK_TIMEOUT_MS = 3_000;
const REST_MS = 500;

/** Opens the pool. Connections are made when first needed, so this never throws for an absent server. */
export function openPostgres(options: PostgresOptions): Postgres {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 500,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  });
  // An idle connection that the server closed is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same goes for one that is lost in the middle of a transaction; the statement under way reports it.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const unlessSilent = createPatience();
  return Object.freeze({
    pool,
    query: <Row>(statement: Statement) => unlessSilent(() => runStatement<Row>(pool, statement)),
    run: <Row>(builder: Knex.QueryBuilder | Knex.Raw) =>
      unlessSilent(() => runBuilder<Row>(pool, builder)),
    transaction: <T>(work: (tx: Database) => Promise<T>) =>
      unlessSilent(() => inTransaction(pool, work)),
    afterCommit: (callback: () => void) => callback(),
    ping: () =>
      unlessSilent(async () => {
        await runStatement(pool, { name: 'ping', text: 'select 1' });
      }),
    close: () => pool.end(),
  });
}

/**
 * A request makes several statements. When one has waited in vain for an answer, the next ones do not wait again: the
 * whole request has to end in time.
 */
function createPatience(): <T>(work: () => Promise<T>) => Promise<T> {
  let restUntil = -Infinity;
  return async (work) => {
    if (performance.now() < restUntil) throw outage();
    try {
      const result = await work();
      restUntil = -Infinity;
      return result;
    } catch (error) {
      if (isSilence(error)) restUntil = performance.now() + REST_MS;
      throw error;
    }
  };
}

type Connection = pg.Pool | pg.PoolClient;

async function runStatement<Row>(connection: Connection, statement: Statement): Promise<Row[]> {
  try {
    const { rows } = await connection.query({
      name: statement.name,
      text: statement.text,
      values: statement.values as unknown[] | undefined,
    } as pg.QueryConfig);
    return rows as Row[];
  } catch (error) {
    throw translate(error);
  }
}

async function runBuilder<Row>(
  connection: Connection,
  builder: Knex.QueryBuilder | Knex.Raw,
): Promise<Row[]> {
  const { sql: text, bindings } = builder.toSQL().toNative();
  try {
    const { rows } = await connection.query({ text, values: [...bindings] });
    return rows as Row[];
  } catch (error) {
    throw translate(error);
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Database) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translate(error);
  });
  const committed: (() => void)[] = [];
  const tx: Database = Object.freeze({
    query: <Row>(statement: Statement) => runStatement<Row>(client, statement),
    run: <Row>(builder: Knex.QueryBuilder | Knex.Raw) => runBuilder<Row>(client, builder),
    transaction: <U>(inner: (joined: Database) => Promise<U>) => inner(tx),
    afterCommit: (callback: () => void) => void committed.push(callback),
  });
  let broken: Error | undefined;
  let result: T;
  try {
    await client.query('begin');
    result = await work(tx);
    await client.query('commit');
  } catch (error) {
    const failure = translate(error);
    broken = isSilence(failure) ? (failure as Error) : await rollBack(client);
    throw failure;
  } finally {
    client.release(broken);
  }
  // What is committed stays committed, whatever a callback does.
  for (const callback of committed) callback();
  return result;
}

async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

// SQLSTATE classes 08 (connection), 53 (resources), 57 (operator intervention), 25006 (read-only node), 55P03 (lock timeout).
const OUTAGE_STATE = /^(?:08|53|57)|^25006$|^55P03$/;
const OUTAGE_MESSAGE =
  /timeout|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|Connection terminated|Cannot use a pool after|not queryable/i;

function translate(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const state = (error as { code?: string }).code ?? '';
  const isOutage =
    OUTAGE_STATE.test(state) ||
    OUTAGE_MESSAGE.test(state) ||
    (!/^[0-9A-Z]{5}$/.test(state) && OUTAGE_MESSAGE.test(error.message));
  if (!isOutage) return error;
  return outage(error);
}

function outage(cause?: Error): AppError {
  return new AppError('unavailable', 'database_unavailable', { cause, retryAfterSeconds: 2 });
}

/** Did nobody answer at all? Not so when the server itself cut a statement off. */
function isSilence(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : undefined;
  return cause instanceof Error && !('code' in cause) && /timeout/i.test(cause.message);
}

/** True when a unique constraint refused the row; `constraint` narrows it to one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const failure = error as { code?: string; constraint?: string } | undefined;
  return (
    failure?.code === '23505' && (constraint === undefined || failure.constraint === constraint)
  );
}
