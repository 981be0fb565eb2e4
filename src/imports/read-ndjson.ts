import { LONGEST_RECORD_BYTES, type Problem, type SourceRecord } from './import-record.ts';

const NEW_LINE = 0x0a;
const BYTE_ORDER_MARK = /^\uFEFF/;

/** Reads one JSON object per line. Empty lines are no records. A line that is no JSON object is a record with a problem. */
export async function* readNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord> {
  for await (const { line, bytes, content } of splitLines(chunks)) {
    if (content === null) {
      yield { line, bytes, content: problem('line_too_long') };
      continue;
    }
    const text = decode(content);
    if (text === null) yield { line, bytes, content: problem('not_utf8') };
    else if (text.trim() !== '') yield { line, bytes, content: parse(text) };
  }
}

interface Line {
  readonly line: number;
  readonly bytes: number;
  /** Null: too long. */
  readonly content: Buffer | null;
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let line = 1;
  let bytes = 0;
  let parts: Buffer[] = [];
  let size = 0;
  const take = (): Line => {
    const content = size > LONGEST_RECORD_BYTES ? null : Buffer.concat(parts);
    const taken = { line, bytes, content };
    line += 1;
    parts = [];
    size = 0;
    return taken;
  };
  const add = (part: Buffer): void => {
    size += part.length;
    bytes += part.length;
    // The rest of a line that is too long is counted but not kept.
    if (size > LONGEST_RECORD_BYTES) parts = [];
    else parts.push(part);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, from)) {
      add(chunk.subarray(from, end));
      bytes += 1;
      yield take();
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (size > 0) yield take();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(content: Buffer): string | null {
  try {
    return utf8.decode(content).replace(BYTE_ORDER_MARK, '');
  } catch {
    return null;
  }
}

function parse(text: string): SourceRecord['content'] {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return problem('object_expected');
    return { fields: value as Record<string, unknown> };
  } catch {
    return problem('json_invalid');
  }
}

function problem(code: string): { readonly problem: Problem } {
  return { problem: { field: null, code } };
}
