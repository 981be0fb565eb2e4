import type pg from 'pg';

import type { Database, Statement } from './database.ts';
import { deadline, failureOf } from './deadline.ts';
import { fromDriver, isAnswered, isConflict, isSilence, outage } from './postgres-failure.ts';
import type { CommitSettler } from './settle-commit.ts';
import {
  type PreparedStatement,
  prepareStatement,
  rowsOf,
  sendBatch,
  type StatementResult,
} from './statement-batch.ts';

interface TransactionContext {
  readonly pool: pg.Pool;
  /** Names a statement as the connections of the pool need it. */
  readonly known: (statement: PreparedStatement) => PreparedStatement;
  readonly settler: CommitSettler;
}

/**
 * Runs `work` in a transaction; see `Database.transaction`. `begin` is sent with the first statement, and the statements of
 * `execute` with the next query or the commit. For a `work` without statements nothing is sent.
 */
export async function runTransaction<T>(
  ctx: TransactionContext,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  const open = createOpenTransaction(ctx, await fromDriver(ctx.pool.connect()));
  let broken: Error | undefined;
  let isCommitted = false;
  let result: T;
  try {
    const working = work(createDatabase(open));
    // The query that `work` returned is sent together with the commit.
    if (working === open.lastQuery && open.queued.length > 0) {
      working.catch(() => undefined);
      await commit(open);
    }
    result = await working;
    await commit(open);
    isCommitted = true;
  } catch (error) {
    broken = isSilence(error) ? (error as Error) : await rollBack(open);
    // A conflict aborts the transaction, even when `work` caught its error.
    throw open.failures.find(isConflict) ?? error;
  } finally {
    open.client.release(broken);
    // The commit has succeeded, even when a callback throws.
    if (open.isPossiblyCommitted) for (const callback of open.callbacks) callback(isCommitted);
  }
  return result;
}

interface Member {
  readonly statement: PreparedStatement;
  /** Its rows are needed. */
  readonly isAwaited: boolean;
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenTransaction extends TransactionContext {
  readonly client: pg.PoolClient;
  state: 'new' | 'begun' | 'failed' | 'over';
  readonly queued: Member[];
  /** The queued statements will be sent soon. */
  isSendPlanned: boolean;
  /** Ends when the statements that were sent last have been answered. */
  sending: Promise<unknown>;
  lastQuery: Promise<unknown> | null;
  readonly begun: { transactionId: string; begunAt: number };
  isPossiblyCommitted: boolean;
  readonly failures: unknown[];
  readonly callbacks: ((isCommitted: boolean) => void)[];
}

function createOpenTransaction(ctx: TransactionContext, client: pg.PoolClient): OpenTransaction {
  return {
    ...ctx,
    client,
    state: 'new',
    queued: [],
    isSendPlanned: false,
    sending: Promise.resolve(),
    lastQuery: null,
    begun: { transactionId: '', begunAt: 0 },
    isPossiblyCommitted: false,
    failures: [],
    callbacks: [],
  };
}

function createDatabase(open: OpenTransaction): Database {
  const tx: Database = Object.freeze({
    query: <Row>(statement: Statement) => {
      const answer = runQuery<Row>(open, statement);
      open.lastQuery = answer;
      return answer;
    },
    execute: async (statement: Statement) => {
      add(open, statement, { isAwaited: false }).catch(() => undefined);
    },
    transaction: <T>(inner: (joined: Database) => Promise<T>) => inner(tx),
    afterPossibleCommit: (callback: (isCommitted: boolean) => void) =>
      void open.callbacks.push(callback),
  });
  return tx;
}

async function runQuery<Row>(open: OpenTransaction, statement: Statement): Promise<Row[]> {
  const answer = add(open, statement, { isAwaited: true });
  // Further statements of the same tick join the batch.
  if (!open.isSendPlanned) queueMicrotask(() => void flush(open, []).catch(() => undefined));
  open.isSendPlanned = true;
  return rowsOf<Row>(await answer);
}

function add(
  open: OpenTransaction,
  statement: Statement,
  { isAwaited }: Pick<Member, 'isAwaited'>,
): Promise<StatementResult> {
  if (open.state === 'failed') throw open.failures[0] as Error;
  if (open.state === 'over') throw new Error('the transaction has ended');
  const prepared = open.known(prepareStatement(statement));
  return new Promise((resolve, reject) => {
    open.queued.push({ statement: prepared, isAwaited, resolve, reject });
  });
}

/** Sends the queued statements, and then `end`, when the ones before them have been answered. */
function flush(open: OpenTransaction, end: readonly PreparedStatement[]): Promise<void> {
  const flushing = open.sending.then(() => send(open, end));
  open.sending = flushing.catch(() => undefined);
  return flushing;
}

async function send(open: OpenTransaction, end: readonly PreparedStatement[]): Promise<void> {
  const members = open.queued.splice(0);
  open.isSendPlanned = false;
  if (members.length + end.length === 0) return;
  if (open.state === 'failed') fail(open, members, open.failures[0]);
  const { results, error } = await sendMembers(open, members, end);
  const isDone =
    error === null || (end.length > 0 && (await isCommitted(open, members, { results, error })));
  for (const [index, member] of members.entries()) {
    const result = results[index];
    if (result !== undefined) member.resolve(result);
  }
  if (!isDone) fail(open, members, error);
  // PostgreSQL reports a rollback at the commit without an error.
  if (results.at(-1)?.command === 'ROLLBACK') fail(open, members, outage());
}

interface Outcome {
  /** Of the members, and of the statements that follow them. */
  readonly results: readonly StatementResult[];
  readonly error: unknown;
}

async function sendMembers(
  open: OpenTransaction,
  members: readonly Member[],
  end: readonly PreparedStatement[],
): Promise<Outcome> {
  const head = begin(open);
  const body = [...head, ...members.map(({ statement }) => statement)];
  const isTimed = end.length > 0 && members.length > 1;
  // The transaction id and the rows must be known if the answer to the commit is lost.
  const isFlushed = end.length > 0 && (head.length > 0 || hasRows(members));
  const { batch, ended } = sendBatch(open.client, [
    ...(isFlushed && open.settler.isPossible ? flushed(body) : body),
    ...(isTimed ? [open.known(deadline(open.begun.begunAt))] : []),
    ...end,
  ]);
  const error: unknown = await fromDriver(ended).then(
    () => null,
    (failure: unknown) => failureOf(batch, failure),
  );
  if (head.length > 1) open.begun.transactionId = open.settler.readId(batch.results[1]);
  return { results: batch.results.slice(head.length), error };
}

/**
 * An error that the server returned is final. After a time-out the outcome is not looked up: the caller has waited long
 * enough.
 */
async function isCommitted(
  open: OpenTransaction,
  members: readonly Member[],
  { results, error }: Outcome,
): Promise<boolean> {
  if (isAnswered(error) || isSilence(error)) return false;
  return !hasRows(members.slice(results.length)) && open.settler.isCommitted(open.begun);
}

const BEGIN: PreparedStatement = { name: 'begin', text: 'begin', values: [] };
const COMMIT: PreparedStatement = { name: 'commit', text: 'commit', values: [] };

/** The statements to send before the first one. */
function begin(open: OpenTransaction): readonly PreparedStatement[] {
  if (open.state !== 'new') return [];
  open.state = 'begun';
  open.begun.begunAt = performance.now();
  return [BEGIN, ...open.settler.identify].map(open.known);
}

/** Their results leave the server before it runs the next statement. */
function flushed(statements: readonly PreparedStatement[]): PreparedStatement[] {
  return statements.map((statement, index) => ({
    ...statement,
    isFlushed: index === statements.length - 1,
  }));
}

function hasRows(members: readonly Member[]): boolean {
  return members.some(({ isAwaited }) => isAwaited);
}

function fail(open: OpenTransaction, members: readonly Member[], error: unknown): never {
  open.state = 'failed';
  open.failures.push(error);
  for (const { reject } of members) reject(error);
  throw error;
}

async function commit(open: OpenTransaction): Promise<void> {
  if (open.state === 'over') return;
  if (open.state === 'failed') throw open.failures[0];
  open.isPossiblyCommitted = true;
  if (open.state === 'begun' || open.queued.length > 0) await flush(open, [open.known(COMMIT)]);
  open.state = 'over';
}

/** @returns the error that makes the connection unusable. */
async function rollBack(open: OpenTransaction): Promise<Error | undefined> {
  const isBegun = open.state !== 'new';
  open.state = 'over';
  const ended = new Error('the transaction has ended');
  for (const { reject } of open.queued.splice(0)) reject(ended);
  if (!isBegun) return undefined;
  try {
    await open.client.query('rollback');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
