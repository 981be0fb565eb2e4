import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

import { currentRequest } from '../../../src/platform/request-context.ts';
import type { Connected } from '../../../src/server/services.ts';

/** Calls of requests since the counting started. Background work is not counted. */
export interface Calls {
  /** Statements outside of transactions, and whole transactions. */
  statements: number;
  /** Redis commands. */
  commands: number;
  /** Hashes, MACs, ciphers and signatures. */
  crypto: number;
}

type Call = (...input: unknown[]) => unknown;

/** Starts to count the calls of requests at this node. */
export function countCalls({ db, redis }: Pick<Connected, 'db' | 'redis'>): Calls {
  const calls: Calls = { statements: 0, commands: 0, crypto: 0 };
  const wrap = (
    target: object,
    name: string,
    isCounted: (input: unknown[]) => boolean,
    kind: keyof Calls,
  ) => {
    const holder = target as Record<string, Call>;
    const original = holder[name]?.bind(target);
    holder[name] = (...input) => {
      if (currentRequest() !== undefined && isCounted(input)) calls[kind] += 1;
      return original?.(...input);
    };
  };
  wrap(db.groups, 'query', () => true, 'statements');
  // A transaction. Queries of the pool itself also call this, with a callback.
  wrap(db.pool, 'connect', (input) => input.length === 0, 'statements');
  if (redis !== null) wrap(redis, 'sendCommand', () => true, 'commands');
  return calls;
}

const OPERATIONS = [
  'hash',
  'createHash',
  'createHmac',
  'createCipheriv',
  'createDecipheriv',
  'sign',
] as const;

/** Counts operations of `node:crypto` that requests cause until `stop` is called. */
export function countCrypto(calls: Calls): { stop(): void } {
  const holder = crypto as unknown as Record<string, Call>;
  const originals = OPERATIONS.map((name) => [name, holder[name]] as const);
  for (const [name, original] of originals) {
    holder[name] = (...input) => {
      if (currentRequest() !== undefined) calls.crypto += 1;
      return original?.(...input);
    };
  }
  syncBuiltinESMExports();
  return {
    stop: () => {
      for (const [name, original] of originals) if (original !== undefined) holder[name] = original;
      syncBuiltinESMExports();
    },
  };
}
