import type { ImportProgress, ImportStart } from '../../imports/index.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_CELLS = 24;
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;

/**
 * Writes the progress of an import to `output`: a bar on a terminal, else a line at intervals.
 */
export function createImportProgress(output: Output) {
  const isTerminal = output.isTTY === true;
  const every = isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  let bytesTotal = 0;
  let startedAt = performance.now();
  let shownAt = startedAt;
  let before = 0;
  let isOver = false;
  let last: ImportProgress | null = null;
  let isBarOpen = false;

  const seconds = (): number => (performance.now() - startedAt) / 1_000;
  const imported = (): number => (last?.imported ?? before) - before;
  const show = (progress: ImportProgress): void => {
    shownAt = performance.now();
    const rate = `${(imported() / Math.max(seconds(), 0.001)).toFixed(0)} accounts/s`;
    const counts = `imported ${String(progress.imported)}, skipped ${String(progress.skipped)}, refused ${String(progress.refused)}`;
    const share = bytesTotal === 0 ? 1 : Math.min(progress.bytes / bytesTotal, 1);
    const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
    if (!isTerminal) output.write(`${percent}, ${counts}, ${rate}\n`);
    else {
      const filled = Math.round(share * BAR_CELLS);
      output.write(
        `\r[${'#'.repeat(filled).padEnd(BAR_CELLS, '.')}] ${percent}  ${counts}  ${rate}\u001B[K`,
      );
      isBarOpen = true;
    }
  };

  return {
    start(start: ImportStart): void {
      bytesTotal = start.bytesTotal;
      before = start.imported;
      startedAt = performance.now();
      shownAt = startedAt;
      if (start.recordsDone > 0)
        output.write(`Going on after ${String(start.recordsDone)} records.\n`);
    },
    advance(progress: ImportProgress): void {
      last = progress;
      if (performance.now() - shownAt >= every) show(progress);
    },

    /** Ends the line of the bar; later calls do nothing. */
    end(): void {
      if (isOver) return;
      isOver = true;
      if (last !== null && isTerminal) show(last);
      if (isBarOpen) output.write('\n');
    },

    /** Since the start. */
    seconds,

    /** Accounts imported since the start. */
    imported,
  };
}
