import type { Database, Postgres } from '../../src/platform/postgres/postgres.ts';

/** Reports each statement, those of transactions too. */
export function watchedDatabase(db: Postgres, watch?: (text: string) => void): Postgres {
  return watch === undefined ? db : watched(db, watch);
}

function watched<Watched extends Database>(db: Watched, watch: (text: string) => void): Watched {
  return {
    ...db,
    query: (statement) => {
      watch(statement.text);
      return db.query(statement);
    },
    execute: (statement) => {
      watch(statement.text);
      return db.execute(statement);
    },
    transaction: (work) => db.transaction((tx) => work(watched(tx, watch))),
  };
}
