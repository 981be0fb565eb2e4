import type pg from 'pg';

import type { Statement } from './database.ts';
import { DEADLINE_MS } from './deadline.ts';
import { isAnswered } from './postgres-failure.ts';
import {
  type PreparedStatement,
  prepareStatement,
  sendBatch,
  type StatementResult,
} from './statement-batch.ts';

/** Runs statements outside of transactions. */
export interface StatementGroups {
  /**
   * Runs one statement, committed when the promise resolves. Statements that wait for a connection are sent together, in one
   * write and one transaction. When one of them fails, the whole group is rolled back, and each runs again alone.
   * @throws the error of the driver.
   */
  query(statement: Statement): Promise<StatementResult>;
  /** Resolves when no statement is under way. */
  settle(): Promise<void>;
}

interface Member {
  readonly statement: PreparedStatement;
  readonly isAlone: boolean;
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_TOGETHER = 64;
/** Connections that take statements at the same time, unless some of them are slow. */
const LANES = 2;
/** A connection whose group takes longer is not counted; another one takes the next statements. */
const SLOW_MS = 50;
const LIMITS: PreparedStatement = {
  name: 'group-limits',
  text: `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)`,
  values: [],
};
const LOCK_MS = 100;
const STATEMENT_MS = 500;

interface Groups {
  readonly pool: pg.Pool;
  readonly connect: () => Promise<pg.PoolClient>;
  readonly limits: PreparedStatement;
  waiting: Member[];
  /** Connections that take statements and are not slow. */
  lanes: number;
  isStarting: boolean;
  readonly open: Set<Promise<void>>;
}

/** `known` names a statement as the connections of the pool need it. */
export function createStatementGroups(
  pool: pg.Pool,
  known: (statement: PreparedStatement) => PreparedStatement,
): StatementGroups {
  const groups: Groups = {
    pool,
    // Tests that replace `pool.connect` intercept only connections of transactions.
    connect: pool.connect.bind(pool) as () => Promise<pg.PoolClient>,
    limits: known(LIMITS),
    waiting: [],
    lanes: 0,
    isStarting: false,
    open: new Set(),
  };
  return {
    query: async (statement) => {
      const prepared = known(prepareStatement(statement));
      return new Promise((resolve, reject) => {
        groups.waiting.push({ statement: prepared, isAlone: false, resolve, reject });
        startLane(groups);
      });
    },
    settle: async () => {
      while (groups.open.size > 0 || groups.waiting.length > 0) {
        await Promise.all(groups.open);
        await new Promise(setImmediate);
      }
    },
  };
}

function startLane(groups: Groups): void {
  if (groups.isStarting || groups.lanes >= LANES || groups.waiting.length === 0) return;
  groups.isStarting = true;
  // Statements of all requests that arrived together join the group.
  setImmediate(() => {
    groups.isStarting = false;
    if (groups.waiting.length === 0) return;
    groups.lanes += 1;
    const lane = serveLane(groups).finally(() => groups.open.delete(lane));
    groups.open.add(lane);
  });
}

/** Takes groups until none waits, one was slow or failed, or a transaction waits for a connection. */
async function serveLane(groups: Groups): Promise<void> {
  const last = groups.waiting.at(-1);
  const client = await groups.connect().catch((error: unknown) => {
    groups.lanes -= 1;
    rejectUntil(groups, last, error);
    startLane(groups);
    return null;
  });
  if (client === null) return;
  let isSlow = false;
  let failure: unknown;
  do {
    const timer = setTimeout(() => {
      isSlow = true;
      groups.lanes -= 1;
      startLane(groups);
    }, SLOW_MS);
    failure = await runGroup(groups, client);
    clearTimeout(timer);
  } while (
    groups.waiting.length > 0 &&
    !isSlow &&
    failure === undefined &&
    groups.pool.waitingCount === 0
  );
  if (!isSlow) groups.lanes -= 1;
  client.release(failure !== undefined && !isAnswered(failure));
  startLane(groups);
}

/** Rejects the statements that have waited as long as `last`. */
function rejectUntil(groups: Groups, last: Member | undefined, error: unknown): void {
  const count = last === undefined ? 0 : groups.waiting.lastIndexOf(last) + 1;
  for (const { reject } of groups.waiting.splice(0, count)) reject(error);
}

/** @returns the error of the group. */
async function runGroup(groups: Groups, client: pg.PoolClient): Promise<unknown> {
  const group = takeGroup(groups);
  if (group.length === 0) return undefined;
  const head = group.length > 1 ? [limit(groups.limits, group.length)] : [];
  const statements = group.map(({ statement }) => statement);
  const { batch, ended } = sendBatch(client, [...head, ...statements]);
  try {
    await ended;
  } catch (error) {
    // The group was rolled back.
    if (group.length > 1 && isAnswered(error)) {
      groups.waiting.unshift(...group.map((member) => ({ ...member, isAlone: true })));
    } else {
      for (const { reject } of group) reject(error);
    }
    return error;
  }
  for (const [index, { resolve }] of group.entries()) {
    resolve(batch.results[head.length + index] as StatementResult);
  }
  return undefined;
}

/**
 * In a group, a statement that waits for a lock or takes long would delay the others. So it is aborted early, and runs
 * again alone with the limits of the session.
 */
function limit(limits: PreparedStatement, size: number): PreparedStatement {
  const longest = Math.min(STATEMENT_MS, Math.floor(DEADLINE_MS / size));
  return { ...limits, values: [String(Math.min(LOCK_MS, longest)), String(longest)] };
}

function takeGroup({ waiting }: Groups): Member[] {
  const end = waiting.findIndex(({ isAlone }) => isAlone);
  const size = end === -1 ? MOST_TOGETHER : Math.max(1, Math.min(MOST_TOGETHER, end));
  return waiting.splice(0, size);
}
