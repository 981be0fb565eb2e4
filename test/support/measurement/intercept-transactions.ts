import type pg from 'pg';

import { isDeadline } from '../../../src/platform/postgres/deadline.ts';
import type { Postgres } from '../../../src/platform/postgres/postgres.ts';
import type { Batch } from '../../../src/platform/postgres/statement-batch.ts';

export type Send = (...input: unknown[]) => unknown;

/** Replaces the functions with which a transaction sends statements. */
export interface TransactionInterceptor {
  /** Sends statements that belong together. `client` is the connection without this interceptor. */
  readonly sendBatch: (client: Pick<pg.ClientBase, 'query'>, batch: Batch) => void;
  /** Wraps the method that sends a single statement, such as `rollback`. */
  readonly wrapQuery: (query: Send) => Send;
}

/** Intercepts all transactions of `db`, and not the statements outside of transactions. */
export function interceptTransactions(
  { pool }: Pick<Postgres, 'pool'>,
  { sendBatch, wrapQuery }: TransactionInterceptor,
): void {
  /** Wraps a connection until the transaction releases it. */
  const wrapClient = (client: pg.PoolClient): void => {
    const { query, release } = client;
    const original: Pick<pg.ClientBase, 'query'> = { query: query.bind(client) };
    const wrapped = wrapQuery(original.query);
    Object.assign(client, {
      query: (...input: unknown[]) => {
        const [first] = input;
        return isBatch(first) ? sendBatch(original, first) : wrapped(...input);
      },
      release: (error?: Error) => {
        client.query = query;
        release(error);
      },
    });
  };
  const target = pool as unknown as { connect: Send };
  const connect = target.connect.bind(pool);
  target.connect = async (...input) => {
    // Queries of the pool itself pass a callback.
    if (input.length > 0) return connect(...input);
    const client = (await connect()) as pg.PoolClient;
    wrapClient(client);
    return client;
  };
}

/** Whether the platform adds this statement to those of a use case. */
export function isAdded({ text }: { readonly text: string }): boolean {
  return (
    text === 'begin' || text === 'select pg_current_xact_id()::text as id' || isDeadline({ text })
  );
}

function isBatch(input: unknown): input is Batch {
  return typeof input === 'object' && input !== null && 'statements' in input;
}
