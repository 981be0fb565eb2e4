import { ConfigError } from '../config/config.ts';
import { AppError } from '../platform/app-error.ts';
import { sentencesFor } from './error-sentence.ts';

/**
 * Prints why a command failed and ends the process with code 1: one line for a fault that an operator can correct, the
 * whole stack for a defect.
 */
export function failCommand(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError)
    return error.problems.map((problem) => `Configuration: ${problem}`).join('\n');
  if (error instanceof AppError) return sentencesFor(error);
  if (isFileError(error)) return `${error.path}: ${fileProblem(error)}.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A failed call of the operating system about a file. */
function isFileError(error: unknown): error is NodeJS.ErrnoException & { readonly path: string } {
  const { path, syscall } = error as NodeJS.ErrnoException;
  return error instanceof Error && typeof path === 'string' && syscall !== undefined;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'there is such a file already',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/** The reason for which a file or a stream could not be used, as the end of a sentence. */
export function fileProblem(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return FILE_PROBLEMS[code] ?? (code === '' ? message : code);
}
