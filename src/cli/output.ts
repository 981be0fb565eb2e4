import { fileProblem } from './failure.ts';

/** Writes a line of the answer to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line that is not part of the answer, such as progress, to standard error. */
export function explain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Lets a command finish although its output is closed early (`| head -1`). Output that cannot be written, for example
 * to a full disk, causes one line on standard error and exit code 1.
 */
export function watchOutput(): void {
  let isReported = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isReported) return;
    isReported = true;
    explain(`Cannot write the output: ${fileProblem(error)}.`);
    process.on('exit', (code) => {
      if (code === 0) process.exitCode = 1;
    });
  });
  // There is no other output for a report.
  process.stderr.on('error', () => undefined);
}
