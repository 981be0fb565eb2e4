import { AppError } from '../platform/app-error.ts';

interface Waiting<Row> {
  readonly row: Row;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
}

const MOST_ROWS_PER_BATCH = 500;

/**
 * Writes rows that arrive while a write is under way together with the next one. A row's promise resolves when the
 * write that held it has been committed. One failed write rejects every row in it and nothing else.
 * @throws AppError `ledger_unavailable` (from the returned function) when the row could not be written.
 */
export function createGroupCommit<Row>(
  write: (rows: readonly Row[]) => Promise<void>,
): (row: Row) => Promise<void> {
  let waiting: Waiting<Row>[] = [];
  let isWriting = false;

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_ROWS_PER_BATCH);
      waiting = waiting.slice(MOST_ROWS_PER_BATCH);
      await writeBatch(write, batch);
    }
    isWriting = false;
  };

  return (row) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ row, resolve, reject });
      if (isWriting) return;
      isWriting = true;
      // Further rows of this turn of the event loop join the first batch.
      queueMicrotask(() => void writeAll());
    });
}

async function writeBatch<Row>(
  write: (rows: readonly Row[]) => Promise<void>,
  batch: readonly Waiting<Row>[],
): Promise<void> {
  try {
    await write(batch.map(({ row }) => row));
    for (const { resolve } of batch) resolve();
  } catch (cause) {
    const error = new AppError('unavailable', 'ledger_unavailable', {
      cause,
      retryAfterSeconds: 2,
    });
    for (const { reject } of batch) reject(error);
  }
}
