import fs from 'node:fs';
import path from 'node:path';

import type { AppError } from '../platform/app-error.ts';
import { PROJECT_FOLDER } from '../dev/project-folders.ts';

/** The English sentences for an expected failure: its detail, else the words that pages use for its codes. */
export function sentencesFor({ detail, code, fields = {}, values }: AppError): string {
  if (detail !== undefined) return detail;
  const words = readErrorWords();
  const sentence = (name: string) =>
    (words.get(name) ?? name).replace(/\{\{(\w+)\}\}/g, (text, key: string) =>
      String(values[key] ?? text),
    );
  const lines = Object.entries(fields).map(([field, problem]) => `${field}: ${sentence(problem)}`);
  return lines.length > 0 ? lines.join('\n') : sentence(code);
}

/**
 * Error code -> sentence, of all slices. Read directly from the files, so that commands work although a template is
 * broken.
 */
function readErrorWords(): ReadonlyMap<string, string> {
  const folder = path.join(PROJECT_FOLDER, 'views');
  const files = fs
    .readdirSync(folder)
    .map((slice) => path.join(folder, slice, 'en.json'))
    .filter((file) => fs.existsSync(file));
  return new Map(
    files.flatMap((file) => {
      const words = JSON.parse(fs.readFileSync(file, 'utf8')) as {
        readonly errors?: Readonly<Record<string, string>>;
      };
      return Object.entries(words.errors ?? {});
    }),
  );
}
