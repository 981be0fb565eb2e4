import pg from 'pg';
import utils from 'pg/lib/utils.js';

import type { Statement } from './database.ts';
import { camelCase } from './sql.ts';

/** A statement whose values the driver can send. */
export interface PreparedStatement extends Statement {
  readonly values: (string | Buffer | null)[];
  /** The server sends all earlier results before it runs the next statement of the batch. Default false. */
  readonly isFlushed?: boolean;
}

/** The result of one statement. */
export interface StatementResult {
  readonly rows: unknown[];
  /** The tag of the command, as `INSERT 0 1`. */
  readonly command: string;
  /** The failure of a value that the driver could not parse. The statement itself succeeded. */
  readonly failure?: Error;
}

/** A batch that was given to the driver. The driver calls its methods (see `Query` in `pg`). */
export interface Batch extends pg.Submittable {
  readonly statements: readonly PreparedStatement[];
  /** One result for each statement that has ended so far; valid only after the batch has succeeded. */
  readonly results: StatementResult[];
  /** Called once at the end. The driver replaces it to limit the time. */
  callback: (error?: unknown) => void;
  handleError(error: unknown): void;
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** The driver's connection, with members that its types do not declare. */
interface DriverConnection extends pg.Connection {
  /** Texts of the statements that the server has parsed, by name. Shared with the driver's own queries. */
  readonly parsedStatements: Record<string, string>;
  bind(config: { statement: string; values: PreparedStatement['values'] }): void;
  parse(query: { name: string; text: string }): void;
  describe(portal: { type: 'P' }): void;
  execute(portal: object): void;
  sendCopyFail(reason: string): void;
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

interface DataRow {
  readonly fields: readonly (string | null)[];
}

/** Columns of the statements that a connection has described, by name of the statement. */
const describedBy = new WeakMap<DriverConnection, Map<string, readonly Column[]>>();

/** The rows of a result. @throws the failure of a value that could not be read. */
export function rowsOf<Row>({ rows, failure }: StatementResult): Row[] {
  if (failure !== undefined) throw failure;
  return rows as Row[];
}

/** @throws TypeError or RangeError when a value cannot be sent. */
export function prepareStatement(statement: Statement): PreparedStatement {
  return { ...statement, values: (statement.values ?? []).map(utils.prepareValue) };
}

/**
 * Sends statements in one write. Without `begin` and `commit` among them they are one transaction: all are committed
 * together, and when one fails, all are rolled back and the later ones do not run.
 * @returns the batch and the promise of its end, which rejects with the error of the driver.
 */
export function sendBatch(
  client: Pick<pg.ClientBase, 'query'>,
  statements: readonly PreparedStatement[],
): { readonly batch: Batch; readonly ended: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const batch = createBatch(statements, (error) => {
    if (error === undefined) resolve(undefined);
    else reject(error);
  });
  client.query(batch);
  return { batch, ended: promise };
}

/** The progress of the answer to a batch. */
interface Progress {
  readonly statements: readonly PreparedStatement[];
  readonly results: StatementResult[];
  rows: unknown[];
  columns: readonly Column[];
  failure?: Error;
  described: Map<string, readonly Column[]>;
  stopListening: () => void;
}

function createBatch(
  statements: readonly PreparedStatement[],
  callback: (error?: unknown) => void,
): Batch {
  const progress: Progress = {
    statements,
    results: [],
    rows: [],
    columns: [],
    described: new Map(),
    stopListening: () => undefined,
  };
  const end = (error?: unknown): void => {
    progress.stopListening();
    batch.callback(error);
  };
  const batch: Batch & Record<string, unknown> = {
    statements,
    results: progress.results,
    callback,
    submit: (connection) => submit(progress, connection as DriverConnection),
    handleRowDescription: (message: RowDescription) => describe(progress, message),
    handleDataRow: (message: DataRow) => addRow(progress, message),
    handleCommandComplete: ({ text }: { readonly text: string }) => endStatement(progress, text),
    handleEmptyQuery: () => endStatement(progress, ''),
    handleCopyInResponse: (connection: DriverConnection) =>
      connection.sendCopyFail('copy is not supported'),
    handleCopyData: () => undefined,
    handlePortalSuspended: () => undefined,
    handleError: end,
    handleReadyForQuery: () => end(),
  };
  return batch;
}

/** @returns an error if nothing could be sent. */
function submit(progress: Progress, connection: DriverConnection): Error | null {
  const { statements } = progress;
  const { parsedStatements } = connection;
  const misnamed = statements.find(({ name, text }) => (parsedStatements[name] ?? text) !== text);
  if (misnamed !== undefined) return new Error(`two statements are named ${misnamed.name}`);
  progress.described = describedBy.get(connection) ?? new Map<string, readonly Column[]>();
  describedBy.set(connection, progress.described);
  progress.columns = columnsOfNext(progress);
  let parsed: PreparedStatement[];
  try {
    parsed = write(connection, statements, progress.described);
  } catch (error) {
    return error as Error;
  }
  const noteParsed = (): void => {
    const statement = parsed.shift();
    if (statement === undefined || statement.name === '') return;
    parsedStatements[statement.name] = statement.text;
  };
  connection.on('parseComplete', noteParsed);
  progress.stopListening = () => void connection.off('parseComplete', noteParsed);
  return null;
}

/** The columns of the statement whose result arrives next, when they are known. */
function columnsOfNext({ statements, results, described }: Progress): readonly Column[] {
  return described.get(statements[results.length]?.name ?? '') ?? [];
}

function describe(progress: Progress, { fields }: RowDescription): void {
  const { statements, results, described } = progress;
  const { name = '', hasCamelCaseRows = false } = statements[results.length] ?? {};
  progress.columns = fields.map((field) => ({
    name: hasCamelCaseRows ? camelCase(field.name) : field.name,
    parse: pg.types.getTypeParser(field.dataTypeID, 'text'),
  }));
  if (name !== '') described.set(name, progress.columns);
}

function addRow(progress: Progress, { fields }: DataRow): void {
  if (progress.failure !== undefined) return;
  try {
    progress.rows.push(readRow(progress.columns, fields));
  } catch (error) {
    progress.failure = error as Error;
  }
}

function endStatement(progress: Progress, command: string): void {
  const { statements, results, rows, failure, described } = progress;
  const { name = '' } = statements[results.length] ?? {};
  // A statement without rows has no description.
  if (name !== '' && !described.has(name)) described.set(name, []);
  results.push({ rows, command, ...(failure !== undefined && { failure }) });
  delete progress.failure;
  progress.rows = [];
  progress.columns = columnsOfNext(progress);
}

/** @returns the statements that the server has to parse, in their order. */
function write(
  connection: DriverConnection,
  statements: readonly PreparedStatement[],
  described: ReadonlyMap<string, unknown>,
): PreparedStatement[] {
  const { parsedStatements, stream } = connection;
  const parsed: PreparedStatement[] = [];
  const inThisBatch = new Set<string>();
  stream.cork();
  try {
    for (const statement of statements) {
      const { name, text, values, isFlushed = false } = statement;
      const isFirst = name === '' || !inThisBatch.has(name);
      if (isFirst && (name === '' || parsedStatements[name] === undefined)) {
        connection.parse({ name, text });
        parsed.push(statement);
      }
      connection.bind({ statement: name, values });
      if (isFirst && (name === '' || !described.has(name))) connection.describe({ type: 'P' });
      connection.execute({});
      if (isFlushed) connection.flush();
      inThisBatch.add(name);
    }
    connection.sync();
  } catch (error) {
    // All connections write through one buffer of the driver: this empties it, and nothing of the batch is sent.
    connection.bind({ statement: '', values: [] });
    process.nextTick(() => stream.destroy());
    throw error;
  }
  stream.uncork();
  return parsed;
}

function readRow(columns: readonly Column[], fields: readonly (string | null)[]): object {
  const row: Record<string, unknown> = {};
  for (const [index, { name, parse }] of columns.entries()) {
    const field = fields[index] ?? null;
    row[name] = field === null ? null : parse(field);
  }
  return row;
}
