/** A named prepared statement: parsed and planned once per connection. Write it with the tag of `sql.ts`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly hasCamelCaseRows?: boolean;
}

/**
 * The database or a transaction; stores work with either.
 * All methods throw AppError `database_unavailable` in an outage, and `change_in_progress` after waiting too long for a row; see `fromDriver`.
 */
export interface Database {
  /** Outside of a transaction the statement is committed when the promise resolves. */
  query<Row>(statement: Statement): Promise<Row[]>;
  /**
   * Runs a statement whose rows are not needed. Inside a transaction it costs no round trip: the promise resolves at once, the
   * statement is sent with the next query or the commit, and its failure fails that and the transaction. Use `query` if
   * the caller handles a failure of the statement. Outside of a transaction it is `query`.
   */
  execute(statement: Statement): Promise<void>;
  /**
   * All or nothing. Inside a transaction it joins that one. `work` runs again, up to three times, when PostgreSQL
   * aborted it because of another transaction. So its effects outside of `tx` must be repeatable. When the answer to
   * the commit is lost, its outcome is looked up (see `settle-commit.ts`).
   * @throws AppError `database_unavailable` when it was rolled back, or when the outcome is unknown (a connection was
   * lost during the commit, and no other one is available).
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
  /**
   * Calls back once the changes may be durable: after a commit, also after one that failed or whose answer was lost, and at
   * once outside of a transaction. Use it to drop copies, which is harmless when nothing changed. `isCommitted` is
   * false when the outcome is unknown; the commit may happen after this call.
   */
  afterPossibleCommit(callback: (isCommitted: boolean) => void): void;
}
