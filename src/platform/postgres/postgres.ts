import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { fromDriver, isAnswered, isConflict, isSilence, outage } from './postgres-failure.ts';
import { connectionTo } from './postgres-client.ts';
import { createCommitSettler, type CommitSettler } from './settle-commit.ts';
import { sessionStatement } from './postgres-session.ts';
import { camelCase } from './sql.ts';

export { fromDriver, isUniqueViolation } from './postgres-failure.ts';

/** A named prepared statement: parsed and planned once per connection. Write it with the tag of `sql.ts`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly hasCamelCaseRows?: boolean;
}

/**
 * A pool or a transaction; stores work with either.
 * Everything here throws AppError `database_unavailable` in an outage; see {@link fromDriver}.
 */
export interface Database {
  query<Row>(statement: Statement): Promise<Row[]>;
  /**
   * All or nothing. Inside a transaction it joins that one. `work` runs again, up to three times, when PostgreSQL ended it
   * in favour of another transaction: apart from `tx` it must not change anything that a second run would not change
   * the same way. When the answer to the commit is lost, its outcome is looked up (see `settle-commit.ts`).
   * @throws AppError `database_unavailable` when nothing of it was done, or (a connection lost during the commit, and no
   * other one in reach) when that is not known.
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
  /**
   * Calls back once the changes may be durable: after a commit, also after one that failed or whose answer was lost, and at
   * once outside of a transaction. It suits the dropping of copies, which is harmless when nothing changed.
   */
  afterPossibleCommit(callback: () => void): void;
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
  /**
   * A pooler gives a connection of its own to each transaction: statements are then prepared without a name, because the
   * next transaction may meet another connection. Default false.
   */
  readonly isBehindPooler?: boolean;
}

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 4_000;
const LOCK_TIMEOUT_MS = 3_000;
const REST_MS = 500;
const SESSION = sessionStatement({
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  lock_timeout: String(LOCK_TIMEOUT_MS),
  idle_in_transaction_session_timeout: '10000',
});

/** Opens the pool. Connections are made when first needed, so this never throws for an absent server. */
export function openPostgres(options: PostgresOptions): Postgres {
  const known = (statement: Statement): Statement =>
    options.isBehindPooler === true ? { ...statement, name: '' } : statement;
  const pool = new pg.Pool({
    ...(connectionTo(options.url) as pg.PoolConfig),
    max: options.poolSize,
    // One for a transaction, and an older one that can look up the outcome of the transaction.
    min: Math.min(2, options.poolSize),
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 500,
    keepAlive: true,
    // The pool waits for the promise, although the types of the driver do not declare it.
    onConnect: (client) => client.query(SESSION) as unknown as undefined,
  });
  // An idle connection that the server closed is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same goes for one that is lost in the middle of a transaction; the statement under way reports it.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const settler = createCommitSettler(pool, { isBehindPooler: options.isBehindPooler === true });
  const unlessSilent = createFailFast();
  return Object.freeze({
    pool,
    query: <Row>(statement: Statement) =>
      unlessSilent(() => repeatConflicts(() => runStatement<Row>(pool, known(statement)))),
    transaction: <T>(work: (tx: Database) => Promise<T>) =>
      unlessSilent(() => repeatConflicts(() => inTransaction({ pool, known, settler }, work))),
    afterPossibleCommit: (callback: () => void) => callback(),
    ping: () =>
      unlessSilent(async () => {
        await runStatement(pool, known({ name: 'ping', text: 'select 1' }));
      }),
    close: () => pool.end(),
  });
}

/**
 * A request makes several statements. When one has waited in vain for an answer, the next ones do not wait again: the
 * whole request has to end in time.
 */
function createFailFast(): <T>(work: () => Promise<T>) => Promise<T> {
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
  const { name, text, values = [], hasCamelCaseRows = false } = statement;
  const query = { name, text, values: [...values] };
  if (!hasCamelCaseRows) return (await fromDriver(connection.query(query))).rows as Row[];
  const { fields, rows } = await fromDriver(
    connection.query<unknown[]>({ ...query, rowMode: 'array' }),
  );
  const names = fields.map((field) => camelCase(field.name));
  return rows.map((row) => Object.fromEntries(names.map((member, at) => [member, row[at]])) as Row);
}

const MOST_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 20;

/**
 * Runs `work` again when PostgreSQL ended it in favour of another one (deadlock, serialization failure): nothing of it
 * was done then. The pauses are random, so that the same two do not meet again.
 */
async function repeatConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !isConflict(error)) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** attempt * Math.random());
    }
  }
}

interface TransactionDeps {
  readonly pool: pg.Pool;
  readonly known: (statement: Statement) => Statement;
  readonly settler: CommitSettler;
}

async function inTransaction<T>(
  { pool, known, settler }: TransactionDeps,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  const client = await fromDriver(pool.connect());
  const callbacks: (() => void)[] = [];
  const failed: unknown[] = [];
  const noteFailure = (error: unknown): never => {
    failed.push(error);
    throw error;
  };
  const tx: Database = Object.freeze({
    query: <Row>(statement: Statement) =>
      runStatement<Row>(client, known(statement)).catch(noteFailure),
    transaction: <U>(inner: (joined: Database) => Promise<U>) => inner(tx),
    afterPossibleCommit: (callback: () => void) => void callbacks.push(callback),
  });
  let broken: Error | undefined;
  let isPossiblyCommitted = false;
  let result: T;
  try {
    const begun = await fromDriver(settler.begin(client));
    result = await work(tx);
    isPossiblyCommitted = true;
    const isSettled = await commit(client, () => settler.isCommitted(begun));
    // PostgreSQL answers so, without an error, when a statement had failed and `work` went on.
    if (!isSettled) throw failed[0];
  } catch (error) {
    broken = isSilence(error) ? (error as Error) : await rollBack(client);
    // A conflict decides, even when `work` caught its error.
    throw failed.find(isConflict) ?? error;
  } finally {
    client.release(broken);
    // The commit has succeeded, even when a callback throws.
    if (isPossiblyCommitted) for (const callback of callbacks) callback();
  }
  return result;
}

/**
 * `isCommitted` is called when the connection was lost before the answer came.
 * @returns false when PostgreSQL rolled back instead.
 */
async function commit(
  client: pg.PoolClient,
  isCommitted: () => Promise<boolean>,
): Promise<boolean> {
  try {
    const { command } = await fromDriver(client.query('commit'));
    return command !== 'ROLLBACK';
  } catch (error) {
    // An error that the server returned is final. After a time-out the outcome is not looked up: the caller has waited long enough.
    if (isAnswered(error) || isSilence(error) || !(await isCommitted())) throw error;
    return true;
  }
}

async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
