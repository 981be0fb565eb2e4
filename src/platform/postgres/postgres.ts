import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import type { Database, Statement } from './database.ts';
import { DEADLINE_MS } from './deadline.ts';
import { connectionTo } from './postgres-client.ts';
import { fromDriver, isConflict, isSilence, outage } from './postgres-failure.ts';
import { beginSession } from './postgres-session.ts';
import { createCommitSettler } from './settle-commit.ts';
import { type PreparedStatement, rowsOf } from './statement-batch.ts';
import { createStatementGroups, type StatementGroups } from './statement-groups.ts';
import { runTransaction } from './transaction.ts';

export type { Database, Statement } from './database.ts';
export { fromDriver } from './postgres-failure.ts';

/** The shared connection pool. */
export interface Postgres extends Database {
  readonly pool: pg.Pool;
  /** Runs the statements that are not part of a transaction. */
  readonly groups: StatementGroups;
  ping(): Promise<void>;
  close(): Promise<void>;
}

interface PostgresOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  /**
   * A pooler assigns a connection to each transaction. Statements are then prepared without a name, because the next
   * transaction may use another connection. Default false.
   */
  readonly isBehindPooler?: boolean;
}

const CONNECT_TIMEOUT_MS = 3_000;
const LOCK_TIMEOUT_MS = 3_000;
const REST_MS = 500;
const LIMITS = {
  statement_timeout: String(DEADLINE_MS),
  lock_timeout: String(LOCK_TIMEOUT_MS),
  idle_in_transaction_session_timeout: '10000',
} as const;

/** Opens the pool. Connections are made when first needed, so this never throws for an absent server. */
export function openPostgres(options: PostgresOptions): Postgres {
  const known = (statement: PreparedStatement): PreparedStatement =>
    options.isBehindPooler === true ? { ...statement, name: '' } : statement;
  const pool = new pg.Pool({
    ...(connectionTo(options.url) as pg.PoolConfig),
    max: options.poolSize,
    // One connection for a transaction, and an older one that can look up its outcome.
    min: Math.min(2, options.poolSize),
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: DEADLINE_MS + 500,
    keepAlive: true,
    // The pool waits for the promise, although the types of the driver do not declare it.
    onConnect: (client) => beginSession(client, LIMITS) as unknown as undefined,
  });
  // An idle connection that the server closed is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same goes for one that is lost in the middle of a transaction; the statement under way reports it.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const groups = createStatementGroups(pool, known);
  const settler = createCommitSettler(pool, { isBehindPooler: options.isBehindPooler === true });
  const unlessSilent = createFailFast();
  const query = <Row>(statement: Statement): Promise<Row[]> =>
    unlessSilent(() =>
      repeatConflicts(async () => rowsOf<Row>(await fromDriver(groups.query(statement)))),
    );
  const execute = async (statement: Statement): Promise<void> => void (await query(statement));
  return Object.freeze({
    pool,
    groups,
    query,
    execute,
    transaction: <T>(work: (tx: Database) => Promise<T>) =>
      unlessSilent(() => repeatConflicts(() => runTransaction({ pool, known, settler }, work))),
    afterPossibleCommit: (callback: (isCommitted: boolean) => void) => callback(true),
    ping: () => execute({ name: 'ping', text: 'select 1' }),
    close: async () => {
      await groups.settle();
      await pool.end();
    },
  });
}

/**
 * A request runs several statements. After one has timed out, the next ones do not wait again, so that the whole
 * request ends in time.
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

const MOST_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 20;

/**
 * Runs `work` again when PostgreSQL aborted it because of another transaction (deadlock, serialization failure), which
 * rolls it back. The pauses are random, so that the same two do not collide again.
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
