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
 * Keeps a command at work when its output goes nowhere. A reader that has seen enough (`| head -1`) is no failure; output
 * that could not be written, for example to a full disk, is one line on standard error and exit code 1.
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
  // Nothing is left to report it to.
  process.stderr.on('error', () => undefined);
}
