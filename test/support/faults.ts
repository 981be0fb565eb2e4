import { Command } from 'ioredis';

import { currentRequest } from '../../src/platform/request-context.ts';
import type { Connected } from '../../src/services.ts';

/** Whether a step fails before it reaches its server, or is done there and its answer is lost. */
export type Failure = 'undone' | 'answer lost';

/** Lets one statement or Redis command of a request fail. */
export interface Faults {
  /** The step with this number, counted from 0 over the requests that follow, fails. */
  failAt(step: number, failure: Failure): void;
  /** Ends it. @returns whether the step was reached. */
  end(): boolean;
}

type Send = (...input: unknown[]) => unknown;
interface Queryable {
  query: Send;
}

/** As PostgreSQL reports a full disk. */
function diskFull(): Error {
  return Object.assign(new Error('could not extend file'), { code: '53100' });
}

/** As the driver reports a connection that ended while it waited. */
function connectionLost(): Error {
  return new Error('Connection terminated unexpectedly');
}

/** Wraps the pool and the Redis of a node. Statements outside of requests are neither counted nor touched. */
export function injectFaults({ db, redis }: Pick<Connected, 'db' | 'redis'>): Faults {
  const state = {
    left: Number.POSITIVE_INFINITY,
    hasFailed: false,
    failure: 'undone' as Failure,
  };
  const isDue = (): boolean => {
    if (currentRequest() === undefined) return false;
    state.left -= 1;
    if (state.left !== -1) return false;
    state.hasFailed = true;
    return true;
  };
  const wrapQuery = (target: Queryable): void => {
    const query = target.query.bind(target);
    target.query = async (...input) => {
      // The pool hands its own queries, counted already, to a client with a callback.
      // A transaction that failed is rolled back whatever else happens.
      const isForwarded = typeof input.at(-1) === 'function';
      if (isForwarded || input[0] === 'rollback' || !isDue()) return query(...input);
      if (state.failure === 'undone') throw diskFull();
      await query(...input);
      throw connectionLost();
    };
  };
  const pool = db.pool as unknown as Queryable & { connect: Send };
  const wrapped = new WeakSet<object>();
  const connect = pool.connect.bind(pool);
  wrapQuery(pool);
  pool.connect = async (...input) => {
    // The pool's own queries come with a callback.
    if (input.length > 0) return connect(...input);
    const client = (await connect()) as Queryable;
    if (!wrapped.has(client)) wrapQuery(client);
    wrapped.add(client);
    return client;
  };
  if (redis !== null) {
    const target = redis as unknown as { sendCommand: Send };
    const send = target.sendCommand.bind(target);
    target.sendCommand = (...input) => {
      if (!isDue()) return send(...input);
      // Whoever waits holds the promise of the command, not what is returned here.
      const command = input[0] as Command;
      if (state.failure === 'answer lost') send(new Command(command.name, command.args));
      command.reject(new Error('READONLY You cannot write against a read only replica'));
      return command.promise;
    };
  }
  return {
    failAt: (step, failure) => {
      state.left = step;
      state.failure = failure;
      state.hasFailed = false;
    },
    end: () => {
      state.left = Number.POSITIVE_INFINITY;
      return state.hasFailed;
    },
  };
}
