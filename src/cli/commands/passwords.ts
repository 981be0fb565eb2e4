import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import { buildPasswordList } from '../../authentication/index.ts';
import { explain, print } from '../output.ts';
import { writeOutputFile } from '../output-file.ts';

export interface BuildListOptions {
  readonly out: string;
  readonly minCount: number;
  readonly force?: true;
}

const REPORT_EVERY_MS = 5_000;

/** `consentry passwords build-list`: needs no settings and no database. */
export async function buildList(source: string, options: BuildListOptions): Promise<void> {
  const { size } = await stat(source);
  const stream = createReadStream(source, { highWaterMark: 1024 * 1024 });
  const { content, count, skipped } = await buildPasswordList({
    lines: linesOf(stream),
    leastCount: options.minCount,
    onProgress: reportProgress(stream, size),
  });
  writeOutputFile(options.out, content, { mayReplace: options.force === true });
  if (skipped > 0) explain(`${String(skipped)} lines were skipped: they are not text in UTF-8.`);
  print(
    `${options.out} has ${String(count)} passwords in ${String(content.length)} bytes. Name it in BREACHED_PASSWORDS.`,
  );
}

async function* linesOf(stream: ReadStream): AsyncGenerator<string> {
  // The interface does not pass on errors of the stream.
  const failed = new Promise<never>((_resolve, reject) => stream.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done === true) return;
    yield next.value;
  }
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
