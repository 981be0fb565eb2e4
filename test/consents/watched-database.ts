import type { Postgres } from '../../src/platform/postgres/postgres.ts';

/** Reports each statement outside of transactions, and `begin` for each transaction. */
export function watchedDatabase(db: Postgres, watch?: (text: string) => void): Postgres {
  if (watch === undefined) return db;
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
    transaction: (work) => {
      watch('begin');
      return db.transaction(work);
    },
  };
}
