import { Readable } from 'node:stream';

import { ZipFile } from 'yazl';

// Each piece is a job for another thread: one for every line would cost more than the compression.
const COMPRESSED_AT_ONCE = 64 * 1024;

/** A file of the archive; its content is read when its turn comes. */
export interface ZipEntry {
  readonly name: string;
  readonly content: () => AsyncIterable<string | Buffer>;
}

/**
 * A ZIP file, piece by piece, as fast as the reader takes it.
 * @throws every error of reading an entry.
 */
export function zipStream(entries: readonly ZipEntry[], modifiedAt: Date): AsyncIterable<Buffer> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const abandon = (error: Error): void => void output.destroy(error);
  zip.on('error', abandon);
  for (const { name, content } of entries) {
    zip.addReadStreamLazy(name, { mtime: modifiedAt }, (give) => {
      // The library does not listen for errors of the streams it reads.
      const pieces = inPieces(content(), COMPRESSED_AT_ONCE);
      give(null, Readable.from(pieces, { objectMode: false }).on('error', abandon));
    });
  }
  zip.end();
  return output;
}

/** The same bytes in pieces of one size; the last may be smaller. */
export async function* inPieces(
  bytes: AsyncIterable<string | Buffer>,
  size: number,
): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let length = 0;
  for await (const given of bytes) {
    const part = typeof given === 'string' ? Buffer.from(given) : given;
    kept.push(part);
    length += part.length;
    if (length < size) continue;
    const all = Buffer.concat(kept);
    let from = 0;
    for (; all.length - from >= size; from += size) yield all.subarray(from, from + size);
    kept = [all.subarray(from)];
    length = all.length - from;
  }
  if (length > 0) yield Buffer.concat(kept);
}
