import { ConfigError } from '../config.ts';
import { AppError } from '../platform/app-error.ts';

/**
 * Prints why a command failed and ends the process with code 1: one line for what an operator can mend, the whole
 * stack for a defect.
 */
export function failCommand(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError)
    return error.problems.map((problem) => `Configuration: ${problem}`).join('\n');
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const USAGE_ERROR = 2;

/** Says in one sentence what is wrong with a command line, and where its options are explained. */
export function failUsage(sentence: string, command: string): void {
  process.stderr.write(`${sentence}\nRun "consentry help ${command}" for the options.\n`);
  process.exitCode = USAGE_ERROR;
}
