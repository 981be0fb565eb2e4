import { isAppError } from '../platform/app-error.ts';

/** Is notified about events that could not be written at once. */
export interface LateEventReport {
  /** One event was dropped because too many are waiting, or because the database refused it with this error. */
  readonly onDropped: (error?: unknown) => void;
  /** An outage is over. */
  readonly onRecovered: (counts: { readonly written: number; readonly dropped: number }) => void;
}

/** Rows that wait for the database. */
interface LateEvents<Row> {
  /** Writes a row in the background; during an outage, afterwards. */
  add(row: Row): void;
  /** Tries again to write the waiting rows. */
  close(): Promise<void>;
}

interface LateEventsOptions<Row> {
  readonly write: (row: Row) => Promise<void>;
  readonly report: LateEventReport;
}

/** About 1 MB. */
const MOST_WAITING = 2_000;
const RETRY_MS = 1_000;

/**
 * Keeps rows in the memory of this process while the database is unavailable. Rows beyond {@link MOST_WAITING} are
 * dropped and counted: a flood must not fill the memory.
 */
export function createLateEvents<Row>({ write, report }: LateEventsOptions<Row>): LateEvents<Row> {
  const waiting: Row[] = [];
  const state = { timer: undefined as NodeJS.Timeout | undefined, written: 0, dropped: 0 };

  const keep = (row: Row): void => {
    if (waiting.length >= MOST_WAITING) {
      state.dropped += 1;
      report.onDropped();
    } else waiting.push(row);
    state.timer ??= setTimeout(() => void flush(), RETRY_MS).unref();
  };
  /** A row that the database refuses is dropped: it must not delay the rows after it. */
  const writeOrKeep = async (row: Row): Promise<'written' | 'kept' | 'dropped'> => {
    try {
      await write(row);
      return 'written';
    } catch (error) {
      if (isAppError(error) && error.kind === 'unavailable') {
        keep(row);
        return 'kept';
      }
      report.onDropped(error);
      return 'dropped';
    }
  };
  const flush = async (): Promise<void> => {
    clearTimeout(state.timer);
    state.timer = undefined;
    for (;;) {
      const row = waiting.shift();
      if (row === undefined) break;
      const outcome = await writeOrKeep(row);
      if (outcome === 'kept') return;
      state[outcome] += 1;
    }
    if (state.written + state.dropped > 0) {
      report.onRecovered({ written: state.written, dropped: state.dropped });
    }
    state.written = 0;
    state.dropped = 0;
  };

  return Object.freeze({
    add: (row: Row) => void writeOrKeep(row),
    close: flush,
  });
}
