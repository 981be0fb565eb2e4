import net from 'node:net';

import { currentRequest } from '../../../src/platform/request-context.ts';
import type { Connected } from '../../../src/server/services.ts';
import { interceptTransactions, isAdded } from './intercept-transactions.ts';

/** Counts of statements, commands and writes of requests. */
export interface RequestCost {
  /** SQL statements. `begin` and `commit` are not counted. */
  readonly statements: number;
  /** Statements outside of transactions, and transactions: the commits of a request without other load. */
  readonly units: number;
  readonly redisCommands: number;
  /** Writes to the sockets of PostgreSQL and Redis: each is a system call and, without other load, a round trip. */
  readonly storeWrites: number;
}

/** Counts since its creation. Statements and commands outside of requests are not counted. */
export interface CostCounter {
  read(): RequestCost;
  /** Ends the counting of socket writes. */
  stop(): void;
}

/** The methods that a socket calls for one write. */
const METHODS = ['_write', '_writev'] as const;

type Method = (this: unknown, ...input: unknown[]) => unknown;

/** Counts the costs of requests at this node. */
export function countCosts({ db, redis }: Pick<Connected, 'db' | 'redis'>): CostCounter {
  const counted = { statements: 0, units: 0, redisCommands: 0, storeWrites: 0 };
  const add = (name: keyof typeof counted, count = 1): void => {
    if (currentRequest() !== undefined) counted[name] += count;
  };
  const { groups } = db;
  const { query } = groups;
  Object.assign(groups, {
    query: (...input: Parameters<typeof query>) => {
      add('statements');
      add('units');
      return query(...input);
    },
  });
  interceptTransactions(db, {
    sendBatch: (client, batch) => {
      const own = batch.statements.filter((one) => !isAdded(one) && one.text !== 'commit');
      add('statements', own.length);
      if (batch.statements.at(-1)?.text === 'commit') add('units');
      client.query(batch);
    },
    wrapQuery: (send) => send,
  });
  if (redis !== null) {
    const send = redis.sendCommand.bind(redis) as (...input: unknown[]) => unknown;
    Object.assign(redis, {
      sendCommand: (...input: unknown[]) => {
        add('redisCommands');
        return send(...input);
      },
    });
  }
  return { read: () => ({ ...counted }), stop: countWrites(() => add('storeWrites')) };
}

/** Counts socket writes. @returns the function that ends the counting. */
function countWrites(onWrite: () => void): () => void {
  const prototype = net.Socket.prototype as unknown as Record<string, Method>;
  const originals = METHODS.map((name) => [name, prototype[name] as Method] as const);
  for (const [name, method] of originals) {
    prototype[name] = function write(...input) {
      onWrite();
      return method.apply(this, input);
    };
  }
  return () => {
    for (const [name, method] of originals) prototype[name] = method;
  };
}
