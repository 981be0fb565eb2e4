import { AppError } from '../platform/app-error.ts';

interface PendingRow<Row> {
  readonly row: Row;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
}

const MOST_ROWS_PER_BATCH = 500;

/**
 * Collects the rows that arrive during a write and writes them together afterwards. A row's promise resolves when its
 * write has been committed. A failed write rejects the rows in it and no others.
 * @throws AppError `ledger_unavailable` (from the returned function) when the row could not be written.
 */
export function createGroupCommit<Row>(
  write: (rows: readonly Row[]) => Promise<void>,
): (row: Row) => Promise<void> {
  let pending: PendingRow<Row>[] = [];
  let isWriting = false;

  const writeAll = async (): Promise<void> => {
    while (pending.length > 0) {
      const batch = pending.slice(0, MOST_ROWS_PER_BATCH);
      pending = pending.slice(MOST_ROWS_PER_BATCH);
      await writeBatch(write, batch);
    }
    isWriting = false;
  };

  return (row) =>
    new Promise<void>((resolve, reject) => {
      pending.push({ row, resolve, reject });
      if (isWriting) return;
      isWriting = true;
      // Further rows of this turn of the event loop join the first batch.
      queueMicrotask(() => void writeAll());
    });
}

async function writeBatch<Row>(
  write: (rows: readonly Row[]) => Promise<void>,
  batch: readonly PendingRow<Row>[],
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
