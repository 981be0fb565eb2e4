import type { Command } from 'ioredis';

import { currentRequest } from '../../src/platform/request-context.ts';
import type { Connected } from '../../src/server/services.ts';

/** Calls to PostgreSQL and Redis that requests made, in their order. */
export interface RequestCost {
  /** Texts of the statements, `begin` and `commit` included. */
  readonly statements: readonly string[];
  /** Names of the Redis commands. */
  readonly commands: readonly string[];
  /** Times that PostgreSQL had to make a change durable. */
  readonly commits: number;
}

type Send = (...input: unknown[]) => unknown;
interface Queryable {
  query: Send;
}

/**
 * Counts the calls of requests from here on; jobs and the heartbeat of the change feed are not counted.
 * @returns a function that runs `work` and returns the calls of the requests in it.
 */
export function countRequestCost({
  db,
  redis,
}: Pick<Connected, 'db' | 'redis'>): (work: () => Promise<unknown>) => Promise<RequestCost> {
  let statements: string[] = [];
  let commands: string[] = [];
  let commits = 0;
  const note = (text: string, isInTransaction: boolean): void => {
    if (currentRequest() === undefined) return;
    statements.push(text);
    if (text === 'commit' || (!isInTransaction && isWrite(text))) commits += 1;
  };
  const pool = db.pool as unknown as Queryable & { connect: Send };
  const query = pool.query.bind(pool);
  pool.query = (...input) => {
    note(textOf(input[0]), false);
    return query(...input);
  };
  const connect = pool.connect.bind(pool);
  const wrapped = new WeakSet<object>();
  pool.connect = (...input) => {
    // The pool's own queries come here too, with a callback.
    if (input.length > 0) return connect(...input);
    return (connect() as Promise<Queryable>).then((client) => {
      if (wrapped.has(client)) return client;
      wrapped.add(client);
      const send = client.query.bind(client);
      client.query = (...sent) => {
        // A query of the pool was counted there.
        if (typeof sent.at(-1) !== 'function') note(textOf(sent[0]), true);
        return send(...sent);
      };
      return client;
    });
  };
  if (redis !== null) {
    const target = redis as unknown as { sendCommand: Send };
    const send = target.sendCommand.bind(target);
    target.sendCommand = (...input) => {
      if (currentRequest() !== undefined) commands.push((input[0] as Command).name);
      return send(...input);
    };
  }
  return async (work) => {
    [statements, commands, commits] = [[], [], 0];
    await work();
    return { statements, commands, commits };
  };
}

function textOf(statement: unknown): string {
  return typeof statement === 'string' ? statement : (statement as { readonly text: string }).text;
}

function isWrite(text: string): boolean {
  return /\b(?:insert into|update|delete from)\b/.test(text);
}
