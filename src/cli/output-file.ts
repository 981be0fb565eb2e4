import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { AppError } from '../platform/app-error.ts';
import { fileProblem } from './failure.ts';

/** A file that this process created, or continues. Only its owner may read it. */
export interface OutputFile {
  /** Appends. @throws AppError `output_unwritable`. */
  append(text: string): void;
  /** Closes the file, and removes it when this process created it and wrote nothing. */
  close(): void;
}

/**
 * Creates a new file. An existing file, folder or link of this name is not changed. `source` is the file that the command reads; the
 * error names it when both are the same file.
 * @throws AppError `output_refused` when the name is taken, `output_unwritable`.
 */
export function createOutputFile(
  file: string,
  { source }: { readonly source: string },
): OutputFile {
  if (isSameFile(file, source)) {
    throw refusal(`${file} is the file to read: name another one for the output.`);
  }
  return openedFile(file, { flags: 'wx', isCreated: true });
}

/** Continues a file of an earlier run. @throws AppError `output_unwritable`. */
export function reopenOutputFile(file: string): OutputFile {
  return openedFile(file, { flags: 'a', isCreated: false });
}

/**
 * Writes a file completely or not at all. Links are replaced, never followed. Without `mayReplace` the name must be free.
 * @throws AppError `output_refused` when the name is taken, `output_unwritable`.
 */
export function writeOutputFile(
  file: string,
  content: string | Uint8Array,
  { mayReplace }: { readonly mayReplace: boolean },
): void {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    fs.writeFileSync(draft, content, { flag: 'wx' });
    if (mayReplace) fs.renameSync(draft, file);
    // Unlike a rename, a new hard link never replaces an existing file.
    else fs.linkSync(draft, file);
  } catch (error) {
    throw translated(error, file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function openedFile(
  file: string,
  { flags, isCreated }: { readonly flags: 'wx' | 'a'; readonly isCreated: boolean },
): OutputFile {
  const descriptor = attempt(file, () => fs.openSync(file, flags, 0o600));
  let isEmpty = isCreated;
  return {
    append: (text: string) => {
      attempt(file, () => fs.writeFileSync(descriptor, text));
      isEmpty = false;
    },
    close: () => {
      const { dev, ino } = fs.fstatSync(descriptor);
      attempt(file, () => fs.closeSync(descriptor));
      const present = fs.lstatSync(file, { throwIfNoEntry: false });
      const isOurs = present?.dev === dev && present.ino === ino;
      if (isEmpty && isOurs) attempt(file, () => fs.rmSync(file));
    },
  };
}

/** True if both names lead to one file, also through hard or symbolic links. */
function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((file) =>
    fs.statSync(file, { throwIfNoEntry: false, bigint: true }),
  );
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(error, file);
  }
}

function translated(error: unknown, file: string): AppError {
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
    const isFolder = fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
    return refusal(
      isFolder
        ? `Cannot write ${file}: it is a folder.`
        : `${file} exists already and was not changed: name another file, or remove it.`,
    );
  }
  return new AppError('invalid', 'output_unwritable', {
    cause: error,
    detail: `Cannot write ${file}: ${fileProblem(error)}.`,
  });
}

function refusal(detail: string): AppError {
  return new AppError('conflict', 'output_refused', { detail });
}
