import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { type PreparedStatement, rowsOf, type StatementResult } from './statement-batch.ts';

/** A transaction whose outcome can be looked up. */
interface BegunTransaction {
  /** Empty: unknown. */
  readonly transactionId: string;
  /** Milliseconds of `performance.now()`. */
  readonly begunAt: number;
}

/** Finds out whether a transaction was committed when the answer to its commit was lost. */
export interface CommitSettler {
  readonly isPossible: boolean;
  /** Sent with `begin`; {@link readId} reads the result. Empty if the lookup is not possible. */
  readonly identify: readonly PreparedStatement[];
  readId(result: StatementResult | undefined): string;
  /** Waits at most about a second. @returns true only when it is certain that it was committed. */
  isCommitted(transaction: BegunTransaction): Promise<boolean>;
}

const IDENTIFY: PreparedStatement = {
  name: 'transaction-id',
  text: 'select pg_current_xact_id()::text as id',
  values: [],
};
const LONGEST_MS = 1_000;
const PAUSE_MS = 25;
/** Older connections may be in use for a moment. */
const NONE_OLDER = 'no older connection';
const OPEN: ReadonlySet<string> = new Set(['in progress', NONE_OLDER]);

/**
 * PostgreSQL keeps the outcome of each transaction (`pg_xact_status`). After a crash the server may assign the id of a
 * lost transaction to another one. So only a connection that is older than the transaction is used, which proves that
 * the server has not restarted since. Behind a pooler the age of a connection is unknown, so the outcome is unknown,
 * too.
 */
export function createCommitSettler(
  pool: pg.Pool,
  { isBehindPooler }: { readonly isBehindPooler: boolean },
): CommitSettler {
  const connectedAt = new WeakMap<pg.PoolClient, number>();
  pool.on('connect', (client) => {
    connectedAt.set(client, performance.now());
    if (!isBehindPooler && pool.totalCount < 2 && pool.options.max > 1) void openAnother(pool);
  });

  const isOlder = (client: pg.PoolClient, moment: number): boolean =>
    (connectedAt.get(client) ?? Infinity) <= moment;
  const statusOf = async ({ transactionId, begunAt }: BegunTransaction): Promise<string> => {
    const client = await takeIdle(pool, (one) => isOlder(one, begunAt));
    if (client === null) return NONE_OLDER;
    let broken: Error | undefined;
    try {
      const { rows } = await client.query<{ status: string | null }>({
        text: 'select pg_xact_status($1::xid8) as status',
        values: [transactionId],
      });
      return rows[0]?.status ?? 'unknown';
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  };

  return Object.freeze({
    isPossible: !isBehindPooler,
    identify: isBehindPooler ? [] : [IDENTIFY],
    readId: (result: StatementResult | undefined) =>
      result === undefined ? '' : (rowsOf<{ id: string }>(result)[0]?.id ?? ''),
    isCommitted: async (transaction: BegunTransaction) => {
      if (isBehindPooler || transaction.transactionId === '') return false;
      const isOver = AbortSignal.timeout(LONGEST_MS);
      const search = async (): Promise<boolean> => {
        let status = await statusOf(transaction);
        while (OPEN.has(status) && !isOver.aborted) {
          await pause(PAUSE_MS);
          status = await statusOf(transaction);
        }
        return status === 'committed';
      };
      const giveUp = pause(LONGEST_MS, false, { ref: false });
      return Promise.race([search().catch(() => false), giveUp]);
    },
  });
}

/** Opens a second connection, so that an older one exists from the second transaction on. */
async function openAnother(pool: pg.Pool): Promise<void> {
  const client = await pool.connect().catch(() => null);
  client?.release();
}

/** The pool gives out the connection that was used last: an older one may be idle behind it. @returns null when none will do. */
async function takeIdle(
  pool: pg.Pool,
  isUsable: (client: pg.PoolClient) => boolean,
): Promise<pg.PoolClient | null> {
  const others: pg.PoolClient[] = [];
  try {
    do {
      const client = await pool.connect();
      if (isUsable(client)) return client;
      others.push(client);
    } while (pool.idleCount > 0);
    return null;
  } finally {
    for (const client of others) client.release();
  }
}
