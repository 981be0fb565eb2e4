import { Command } from 'ioredis';
import type pg from 'pg';

import { type Batch, sendBatch } from '../../../src/platform/postgres/statement-batch.ts';
import { currentRequest } from '../../../src/platform/request-context.ts';
import type { Connected } from '../../../src/server/services.ts';
import { interceptTransactions, isAdded, type Send } from './intercept-transactions.ts';

/** A step fails before it reaches its server, or is done there and its response is lost. */
export type Failure = 'undone' | 'answer lost';

/** Makes one statement or Redis command of a request fail. */
export interface Faults {
  /** Makes the step with this number fail, counted from 0 over the following requests. */
  failAt(step: number, failure: Failure): void;
  /** Ends the injection. @returns the failed statement or command, or null if the step was not reached. */
  end(): string | null;
}

interface Queryable {
  query: Send;
}

/** The error of PostgreSQL for a full disk. */
function diskFull(): Error {
  return Object.assign(new Error('could not extend file'), { code: '53100' });
}

/** The error of the driver for a connection that ended during a query. */
function connectionLost(): Error {
  return new Error('Connection terminated unexpectedly');
}

function nameOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { name, text } = statement as { readonly name?: string; readonly text?: string };
  return (name?.startsWith('s_') === true ? text : (name ?? text)) ?? 'a statement';
}

/** Wraps the pool and the Redis of a node. Statements outside of requests are neither counted nor touched. */
export function injectFaults({ db, redis }: Pick<Connected, 'db' | 'redis'>): Faults {
  const state = {
    left: Number.POSITIVE_INFINITY,
    failed: null as string | null,
    failure: 'undone' as Failure,
  };
  const isDue = (name: string): boolean => {
    if (currentRequest() === undefined) return false;
    state.left -= 1;
    if (state.left !== -1) return false;
    state.failed = name;
    return true;
  };
  const wrapQuery = (query: Send): Send => {
    return async (...input) => {
      // The rollback of a failed transaction never fails here.
      if (input[0] === 'rollback' || !isDue(nameOf(input[0]))) return query(...input);
      if (state.failure === 'undone') throw diskFull();
      await query(...input);
      throw connectionLost();
    };
  };
  /** Sends statements of a transaction that belong together. */
  const sendFaulty = (client: Pick<pg.ClientBase, 'query'>, batch: Batch): void => {
    const due = batch.statements.findIndex(({ text, name }) => {
      return !isAdded({ text }) && isDue(nameOf({ text, name }));
    });
    if (due === -1) {
      client.query(batch);
    } else if (state.failure === 'undone') {
      setImmediate(() => batch.handleError(diskFull()));
    } else {
      const { batch: sent, ended } = sendBatch(client, batch.statements.slice(0, due + 1));
      const loseAnswer = (): void => {
        batch.results.push(...sent.results.slice(0, due));
        batch.handleError(connectionLost());
      };
      ended.then(loseAnswer, (error: unknown) => batch.handleError(error));
    }
  };
  const groups = db.groups as unknown as Queryable;
  groups.query = wrapQuery(groups.query);
  const pool = db.pool as unknown as Queryable;
  pool.query = wrapQuery(pool.query.bind(pool));
  interceptTransactions(db, { sendBatch: sendFaulty, wrapQuery });
  if (redis !== null) {
    const target = redis as unknown as { sendCommand: Send };
    const send = target.sendCommand.bind(target);
    target.sendCommand = (...input) => {
      const command = input[0] as Command;
      if (!isDue(command.name)) return send(...input);
      // The caller has the promise of the command. Another command replaces it, because a pipeline waits for all its commands.
      const [name, args] =
        state.failure === 'answer lost' ? [command.name, command.args] : ['ping', []];
      send(new Command(name, args), ...input.slice(1));
      command.reject(new Error('READONLY You cannot write against a read only replica'));
      return command.promise;
    };
  }
  return {
    failAt: (step, failure) => {
      state.left = step;
      state.failure = failure;
      state.failed = null;
    },
    end: () => {
      state.left = Number.POSITIVE_INFINITY;
      return state.failed;
    },
  };
}
