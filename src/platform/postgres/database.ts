/** A named prepared statement: parsed and planned once per connection. Write it with the tag of `sql.ts`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly hasCamelCaseRows?: boolean;
}

/**
 * The database or a transaction; stores work with either.
 * All methods throw AppError `database_unavailable` in an outage; see `fromDriver`.
 */
export interface Database {
  /** Outside of a transaction the statement is committed when the promise resolves. */
  query<Row>(statement: Statement): Promise<Row[]>;
  /**
   * Runs a statement whose rows are not needed. Inside a transaction it costs no round trip: the promise resolves at once, the
   * statement is sent with the next query or the commit, and its failure fails that and the transaction. So use `query`
   * where the caller handles a failure of the statement. Outside of a transaction it is `query`.
   */
  execute(statement: Statement): Promise<void>;
  /**
   * All or nothing. Inside a transaction it joins that one. `work` runs again, up to three times, when PostgreSQL ended it
   * in favour of another transaction: apart from `tx` it must not change anything that a second run would not change
   * the same way. When the answer to the commit is lost, its outcome is looked up (see `settle-commit.ts`).
   * @throws AppError `database_unavailable` when nothing of it was done, or (a connection lost during the commit, and no
   * other one in reach) when that is not known.
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
  /**
   * Calls back once the changes may be durable: after a commit, also after one that failed or whose answer was lost, and at
   * once outside of a transaction. It suits the dropping of copies, which is harmless when nothing changed. `isCommitted` is
   * false when that is not known: the commit may still come, later than this call.
   */
  afterPossibleCommit(callback: (isCommitted: boolean) => void): void;
}
