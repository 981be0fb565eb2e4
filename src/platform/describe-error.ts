/** The parts of an error that a log line holds. */
interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
  readonly [property: string]: unknown;
}

/**
 * The only properties of errors that reach the log. Others hold input, credentials or configuration: `rawPacket` of
 * Node's HTTP parser, `detail` and `where` of PostgreSQL, `config` and `headers` of HTTP clients.
 */
const PROPERTIES = [
  'code',
  'kind',
  'status',
  'statusCode',
  'syscall',
  'table',
  'constraint',
  'routine',
];
const LONGEST_MESSAGE = 500;
const LONGEST_STACK = 4_000;
const DEEPEST_CAUSE = 3;

/** Reduces an error of any type to the parts that may be logged. Never throws. */
export function describeError(error: unknown): DescribedError {
  return describe(error, 0);
}

function describe(error: unknown, depth: number): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
  const kept = PROPERTIES.map((name) => [name, (error as never as Record<string, unknown>)[name]]);
  const message = error.message.slice(0, LONGEST_MESSAGE);
  return {
    type: error.name,
    message,
    ...Object.fromEntries(kept.filter(([, value]) => isPlain(value))),
    ...(error.stack !== undefined && { stack: error.stack.slice(0, LONGEST_STACK) }),
    ...(error.cause !== undefined &&
      depth < DEEPEST_CAUSE && { cause: describe(error.cause, depth + 1) }),
  };
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= 100);
}
