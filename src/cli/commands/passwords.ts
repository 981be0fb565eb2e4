import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { buildPasswordList } from '../../authentication/index.ts';
import { AppError } from '../../platform/app-error.ts';
import { explain, print } from '../output.ts';
import { writeOutputFile } from '../output-file.ts';

export interface BuildListOptions {
  readonly out: string;
  readonly minCount: number;
  readonly force?: true;
}

const REPORT_EVERY_MS = 5_000;
const LONGEST_LINE = 1_000_000;

/** `consentry passwords build-list`: needs no settings and no database. */
export async function buildList(source: string, options: BuildListOptions): Promise<void> {
  const { size } = await stat(source);
  const stream = createReadStream(source, { highWaterMark: 1024 * 1024 });
  const { content, count, skipped } = await buildPasswordList({
    batches: linesOf(stream),
    leastCount: options.minCount,
    onProgress: reportProgress(stream, size),
  });
  writeOutputFile(options.out, content, { mayReplace: options.force === true });
  if (skipped > 0) explain(`${String(skipped)} lines were skipped: they are not text in UTF-8.`);
  print(
    `${options.out} has ${String(count)} passwords in ${String(content.length)} bytes. Name it in BREACHED_PASSWORDS.`,
  );
}

async function* linesOf(stream: ReadStream): AsyncGenerator<readonly string[]> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const text of stream as AsyncIterable<string>) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) {
      throw new AppError('invalid', 'password_list_invalid', {
        detail:
          'It has a line of more than a million characters: it is not a text file with one password per line.',
      });
    }
    yield lines;
  }
  yield [rest];
}

function reportProgress(stream: ReadStream, size: number): (linesRead: number) => void {
  let reportedAt = performance.now();
  return (linesRead) => {
    if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = performance.now();
    const percent = Math.floor((stream.bytesRead / Math.max(size, 1)) * 100);
    explain(`${String(percent).padStart(3)} %, ${String(linesRead)} lines`);
  };
}
