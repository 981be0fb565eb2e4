import { hash } from 'node:crypto';

import { foldPassword } from '../../../views/assets/password-rules.js';
import {
  ENTRY_BYTES,
  HEADER_BYTES,
  INDEX_BYTES,
  MAGIC,
} from '../../../views/assets/password-list.js';
import { AppError } from '../../platform/app-error.ts';
import { checksumOf } from './breached-passwords.ts';

interface BuildPasswordListInput {
  /** Lines in batches: one password each, or one SHA-1 digest with a count, as in the download of "Pwned Passwords": `HASH:count`. */
  readonly batches: AsyncIterable<readonly string[]> | Iterable<readonly string[]>;
  /** Digests with a lower count are left out. Default: 1. */
  readonly leastCount?: number;
  readonly onProgress?: (linesRead: number) => void;
}

interface PasswordListFile {
  readonly content: Buffer;
  readonly count: number;
  /** Lines that are not text in UTF-8. */
  readonly skipped: number;
}

/** Of one file. Its look-up needs 312 MB of memory in each process. */
const MOST_PASSWORDS = 100_000_000;
const PER_BUCKET = 64;

/**
 * Makes the file that {@link openBreachedPasswords} reads; its format is described in views/assets/password-list.js. The same
 * passwords give the same file, in any order. Needs 8 to 16 bytes of memory per password.
 * @throws AppError `password_list_invalid` for an empty list, digests of another kind, a broken line among digests, and more than a
 *   hundred million passwords.
 */
export async function buildPasswordList(input: BuildPasswordListInput): Promise<PasswordListFile> {
  const { leastCount = 1, onProgress } = input;
  const keys = createKeys();
  let number = 0;
  let skipped = 0;
  let read: LineReader | undefined;
  for await (const batch of input.batches) {
    for (const raw of batch) {
      number += 1;
      const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
      if (line === '') continue;
      read ??= readerFor(line);
      const found = read(line, number);
      if (found === null) skipped += 1;
      else if (found.count >= leastCount) keys.add(found.key);
    }
    onProgress?.(number);
  }
  const sorted = keys.sorted();
  if (sorted.length === 0) throw invalid('It contains no password.');
  return { ...encode(sorted), skipped };
}

/** @returns null for a line to skip. */
type LineReader = (
  line: string,
  number: number,
) => { readonly key: bigint; readonly count: number } | null;

// NTLM digests are shorter than those of SHA-1. No list of texts begins with 32 or 40 hexadecimal digits.
function readerFor(firstLine: string): LineReader {
  if (/^[\da-f]{32}(?::|$)/i.test(firstLine))
    throw invalid('It contains NTLM digests; SHA-1 digests are needed.');
  return /^[\da-f]{40}(?::|$)/i.test(firstLine) ? readDigest : readText;
}

function readDigest(line: string, number: number): ReturnType<LineReader> {
  const [, start, count = '1'] = /^([\da-f]{16})[\da-f]{24}(?::(\d{1,12}))?\s*$/i.exec(line) ?? [];
  if (start === undefined)
    throw invalid(`Line ${String(number)} is not a SHA-1 digest with a count.`);
  return { key: BigInt(`0x${start}`), count: Number(count) };
}

function readText(line: string): ReturnType<LineReader> {
  if (line.includes('\uFFFD')) return null;
  return { key: hash('sha1', foldPassword(line), 'buffer').readBigUInt64BE(), count: Infinity };
}

/** Collects the first eight bytes of digests. */
function createKeys() {
  let keys = new BigUint64Array(1_024);
  let length = 0;
  return {
    add(key: bigint): void {
      if (length === MOST_PASSWORDS)
        throw invalid('It contains more than 100 million passwords: raise --min-count.');
      if (length === keys.length) {
        const larger = new BigUint64Array(keys.length * 2);
        larger.set(keys);
        keys = larger;
      }
      keys[length] = key;
      length += 1;
    },
    sorted: (): BigUint64Array => keys.subarray(0, length).sort(),
  };
}

function encode(keys: BigUint64Array): Omit<PasswordListFile, 'skipped'> {
  const bits = Math.max(0, Math.ceil(Math.log2(keys.length / PER_BUCKET)));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC);
  header.writeUInt8(1, MAGIC.length);
  header.writeUInt8(bits, MAGIC.length + 1);
  const entries = Buffer.alloc(ENTRY_BYTES * keys.length);
  const index = Buffer.alloc(INDEX_BYTES * (2 ** bits + 1));
  const counts = new Uint32Array(2 ** bits);
  let count = 0;
  let previous: bigint | null = null;
  for (const key of keys) {
    if (key === previous) continue;
    previous = key;
    entries.writeUIntBE(Number((key >> 8n) & 0xffffffn), ENTRY_BYTES * count, ENTRY_BYTES);
    const bucket = Number(key >> BigInt(64 - bits));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    count += 1;
  }
  let before = 0;
  for (const [bucket, inBucket] of counts.entries()) {
    before += inBucket;
    index.writeUInt32BE(before, INDEX_BYTES * (bucket + 1));
  }
  const content = Buffer.concat([header, entries.subarray(0, ENTRY_BYTES * count), index]);
  return { content: Buffer.concat([content, checksumOf(content)]), count };
}

function invalid(detail: string): AppError {
  return new AppError('invalid', 'password_list_invalid', { detail });
}
