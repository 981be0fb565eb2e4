import { Readable } from 'node:stream';

import { ZipFile } from 'yazl';

// Each piece is compressed in another thread, so small pieces would cost more than the compression itself.
const COMPRESSED_AT_ONCE = 64 * 1024;

/** A file of the archive; its content is read when it is written. */
export interface ZipEntry {
  readonly name: string;
  readonly content: () => AsyncIterable<string | Buffer>;
}

/**
 * A ZIP file, piece by piece, at the speed of the reader.
 * @throws every error of reading an entry.
 */
export function zipStream(entries: readonly ZipEntry[], modifiedAt: Date): AsyncIterable<Buffer> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const fail = (error: Error): void => void output.destroy(error);
  zip.on('error', fail);
  for (const { name, content } of entries) {
    zip.addReadStreamLazy(name, { mtime: modifiedAt }, (onStream) => {
      // The library does not listen for errors of the streams it reads.
      const pieces = inPieces(content(), COMPRESSED_AT_ONCE);
      onStream(null, Readable.from(pieces, { objectMode: false }).on('error', fail));
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
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    parts.push(part);
    length += part.length;
    if (length < size) continue;
    const all = Buffer.concat(parts);
    let from = 0;
    for (; all.length - from >= size; from += size) yield all.subarray(from, from + size);
    parts = [all.subarray(from)];
    length = all.length - from;
  }
  if (length > 0) yield Buffer.concat(parts);
}
