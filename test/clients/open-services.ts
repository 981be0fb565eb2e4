import { connect, type Connected } from '../../src/server/services.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';

/** Two instances of everything on one database, as two nodes have it. */
export interface TwoNodes {
  readonly here: Connected;
  readonly there: Connected;
  readonly clock: SettableClock;
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/** Connects twice to a fresh database. Close it in an `after` hook. */
export async function openTwoNodes(): Promise<TwoNodes> {
  const database = await createTestDatabase();
  const clock = settableClock();
  const config = testConfig(database.url, {});
  const here = await connect(config, { clock });
  const there = await connect(config, { clock });
  return {
    here,
    there,
    clock,
    databaseUrl: database.url,
    close: async () => {
      await Promise.all([here.close(), there.close()]);
      await database.drop();
    },
  };
}
