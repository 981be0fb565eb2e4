import type { Logger } from './log-lines.ts';

interface Repeated {
  readonly log: Logger;
  readonly message: string;
  fields: object;
  count: number;
  timer: NodeJS.Timeout;
}

interface CollapseOptions {
  readonly everyMs: number;
}

/** Repeated warnings of this process that are not written yet. */
const waiting = new Set<Map<string, Repeated>>();
const MOST_KINDS = 500;

/**
 * A log that counts repeated warnings: in an outage each request fails for the same reason. The first is written at
 * once; the following ones with the same message, code and reason become one line per `everyMs` with their number.
 */
export function collapseWarnings(log: Logger, { everyMs }: CollapseOptions): Logger {
  const known = new Map<string, Repeated>();
  waiting.add(known);
  const warn = (fields: object, message: string): void => {
    const key = keyOf(fields, message);
    const repeated = known.get(key);
    if (repeated !== undefined) {
      repeated.count += 1;
      repeated.fields = fields;
      return;
    }
    log.warn(fields, message);
    if (known.size >= MOST_KINDS) return;
    const look = (): void => {
      const entry = known.get(key);
      if (entry === undefined || !writeCount(entry)) known.delete(key);
      else entry.timer = setTimeout(look, everyMs).unref();
    };
    const timer = setTimeout(look, everyMs).unref();
    known.set(key, { log, message, fields, count: 0, timer });
  };
  return {
    debug: (fields: object, message: string) => log.debug(fields, message),
    info: (fields: object, message: string) => log.info(fields, message),
    warn,
    error: (fields: object, message: string) => log.error(fields, message),
    child: (fields: object) => collapseWarnings(log.child(fields), { everyMs }),
  };
}

/** Writes the remaining counts before the process ends. */
export function writeRepeatedWarnings(): void {
  for (const known of waiting) {
    for (const repeated of known.values()) {
      clearTimeout(repeated.timer);
      writeCount(repeated);
    }
    known.clear();
  }
}

/** @returns false when nothing was repeated. */
function writeCount(repeated: Repeated): boolean {
  const { log, message, fields, count } = repeated;
  if (count === 0) return false;
  repeated.count = 0;
  log.warn({ ...fields, repeated: count }, message);
  return true;
}

const DISTINGUISHING = ['code', 'reason', 'status', 'kind', 'job', 'type', 'state'];

function keyOf(fields: object, message: string): string {
  const given = fields as Readonly<Record<string, unknown>>;
  const { name, code, message: text } = (given['err'] ?? {}) as NodeJS.ErrnoException;
  const fieldTexts = DISTINGUISHING.map((field) => JSON.stringify(given[field]) ?? '');
  return [message, name ?? '', code ?? '', text ?? '', ...fieldTexts].join('\n');
}
