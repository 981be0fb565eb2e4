import type pg from 'pg';

import type { BreakablePostgres } from './breakable-postgres.ts';
import type { BreakableRedis } from './breakable-redis.ts';
import type { Installation } from './installation.ts';
import type { FaultTime, Fault, Operation } from './journal.ts';

/** An installation whose parts can fail. */
export interface FaultyInstallation {
  readonly installation: Installation;
  readonly postgres: BreakablePostgres;
  readonly redis: BreakableRedis;
  /** The faults that it had so far. */
  readonly faults: FaultTime[];
}

/** A fault with its effect on health checks and operations. */
export interface CausedFault extends Fault {
  /** Minimum duration in the short and in the long run. */
  readonly seconds: readonly [number, number];
  /** Whether writes are impossible, so that no node may be ready. */
  readonly losesWriter: boolean;
  /** Operations that must be served during the fault. */
  readonly serves?: readonly Operation[];
  /** Causes the fault. @returns the function that ends it. */
  cause(world: FaultyInstallation): Promise<() => Promise<void>>;
}

/** The faults of databases, Redis and nodes. */
export const FAULTS: readonly CausedFault[] = [
  {
    name: 'PostgreSQL is killed and started again',
    seconds: [4, 30],
    losesWriter: true,
    leavesCommitsUnknown: true,
    cause: async ({ postgres }) => {
      postgres.kill();
      return () => postgres.ensureRunning();
    },
  },
  {
    name: 'PostgreSQL accepts no writes',
    seconds: [8, 30],
    losesWriter: true,
    serves: ['introspection'],
    cause: async ({ postgres }) => {
      await postgres.query('alter system set default_transaction_read_only = on');
      await postgres.query('select pg_reload_conf()');
      return async () => {
        const client = await postgres.connect();
        await client.query('set default_transaction_read_only = off');
        await client.query('alter system reset default_transaction_read_only');
        await client.query('select pg_reload_conf()');
        await client.end();
      };
    },
  },
  {
    name: 'the disk of PostgreSQL is full',
    seconds: [10, 30],
    losesWriter: true,
    leavesCommitsUnknown: true,
    cause: async ({ postgres }) => {
      await postgres.fillDisk();
      return async () => {
        postgres.freeDisk();
        // As an orchestrator does when the server has stopped.
        await postgres.ensureRunning();
      };
    },
  },
  {
    name: 'every connection of PostgreSQL is taken',
    seconds: [8, 30],
    losesWriter: true,
    leavesCommitsUnknown: true,
    cause: async ({ postgres }) => {
      const first = await postgres.connect();
      const clients: pg.Client[] = [first];
      // Repeats until the nodes have no connection left, because they reconnect in between.
      for (;;) {
        const client = await postgres.connect().catch(() => null);
        if (client !== null) {
          clients.push(client);
          continue;
        }
        const { rowCount } = await first.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'consentry%'",
        );
        if (rowCount === 0) break;
      }
      return async () => {
        await Promise.all(clients.map((client) => client.end()));
      };
    },
  },
  {
    name: 'a table is locked',
    seconds: [12, 30],
    losesWriter: false,
    serves: ['introspection', 'revocation'],
    cause: async ({ postgres }) => {
      const client = await postgres.connect();
      await client.query('begin');
      await client.query('lock table consents in access exclusive mode');
      return async () => {
        await client.query('rollback');
        await client.end();
      };
    },
  },
  {
    name: 'Redis is killed and started again, empty',
    seconds: [5, 30],
    losesWriter: true,
    losesInteractions: true,
    cause: async ({ redis }) => {
      await redis.kill();
      return () => redis.startAgain();
    },
  },
  {
    name: 'Redis is full',
    seconds: [8, 30],
    losesWriter: true,
    serves: ['introspection', 'userinfo', 'refresh'],
    cause: async ({ redis }) => {
      await redis.command(async (client) => {
        await client.config('SET', 'maxmemory-policy', 'noeviction');
        await client.config('SET', 'maxmemory', '1');
      });
      return () => redis.command((client) => client.config('SET', 'maxmemory', '0'));
    },
  },
  {
    name: 'Redis is a read-only replica',
    seconds: [8, 30],
    losesWriter: true,
    cause: async ({ redis }) => {
      // No server listens there, so Redis keeps its data.
      await redis.command((client) => client.replicaof('127.0.0.1', '9'));
      return () => redis.command((client) => client.replicaof('NO', 'ONE'));
    },
  },
  {
    name: 'Redis is flushed',
    seconds: [0, 5],
    losesWriter: false,
    losesInteractions: true,
    cause: async ({ redis }) => {
      await redis.command((client) => client.flushall());
      return async () => undefined;
    },
  },
  {
    name: 'Redis is slow',
    seconds: [8, 30],
    losesWriter: false,
    serves: ['sign-in', 'refresh', 'userinfo', 'introspection'],
    cause: async ({ redis }) => {
      let isSlow = true;
      const slowness = redis.command(async (client) => {
        while (isSlow) await client.call('DEBUG', 'SLEEP', '0.3').catch(() => undefined);
      });
      return async () => {
        isSlow = false;
        await slowness;
      };
    },
  },
  {
    name: 'a node is suspended',
    seconds: [12, 20],
    losesWriter: false,
    serves: ['sign-in', 'refresh', 'userinfo', 'introspection'],
    leavesCommitsUnknown: true,
    cause: async ({ installation }) => {
      const { pid } = installation.nodes[0];
      process.kill(pid, 'SIGSTOP');
      return async () => {
        process.kill(pid, 'SIGCONT');
      };
    },
  },
  {
    name: 'a node is killed and started again',
    seconds: [3, 20],
    losesWriter: false,
    serves: ['sign-in', 'refresh', 'userinfo', 'introspection'],
    leavesCommitsUnknown: true,
    cause: async ({ installation }) => {
      await installation.nodes[1].kill();
      return () => installation.startAgain(1);
    },
  },
  {
    name: 'PostgreSQL fails over to its standby',
    seconds: [4, 10],
    losesWriter: true,
    leavesCommitsUnknown: true,
    cause: async ({ postgres }) => {
      await postgres.addStandby();
      postgres.kill();
      return () => postgres.failOver();
    },
  },
];
