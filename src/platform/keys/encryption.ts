import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomFillSync,
} from 'node:crypto';

/** A 32-byte key and its version, which is part of each of its ciphertexts. */
export interface VersionedKey {
  readonly version: number;
  readonly key: Buffer;
}

/** The key of a ciphertext is unknown to this server or has been destroyed. */
export class UnknownKeyError extends Error {
  constructor() {
    super('sealed with a key this server does not have');
    this.name = 'UnknownKeyError';
  }
}

/** The result of `open`; null when the key was destroyed. */
export function unlessKeyIsGone<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof UnknownKeyError) return null;
    throw error;
  }
}

const VERSION_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = VERSION_BYTES + NONCE_BYTES + TAG_BYTES;

/** A source of keys that can become unavailable. */
export interface KeySource {
  /**
   * The same array as long as nothing has changed.
   * @throws AppError `unavailable` while the key service does not permit their use.
   */
  keys(): readonly VersionedKey[];
}

interface Keyed {
  readonly keys: readonly VersionedKey[];
  readonly current: VersionedKey;
  readonly byVersion: ReadonlyMap<number, Buffer>;
  /** Derived from the current key at the first use. */
  nonceKey?: Buffer;
}

/** @returns random bytes. */
type Draw = (bytes: number) => Buffer;

/**
 * Authenticated encryption (AES-256-GCM, NIST SP 800-38D) bound to a place:
 * `context` names table, column and row, so a ciphertext that was moved cannot be opened. The first key seals; every
 * key opens.
 */
export function createSealer(
  keys: readonly VersionedKey[] | KeySource,
  { draw = drawFromPool }: { readonly draw?: Draw } = {},
) {
  const source: KeySource = isList(keys) ? { keys: () => keys } : keys;
  let keyed = isList(keys) ? arrange(keys) : undefined;
  const ready = (): Keyed => {
    const now = source.keys();
    if (keyed?.keys !== now) keyed = arrange(now);
    return keyed;
  };

  return {
    /** Layout: key version (4 bytes), nonce (12), tag (16), ciphertext. */
    seal(plaintext: Buffer | string, context: string): Buffer {
      const now = ready();
      const { current } = now;
      now.nonceKey ??= deriveKey(current.key, 'nonce');
      const content = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext;
      const place = Buffer.from(context);
      const nonce = nonceFor([now.nonceKey, draw(NONCE_BYTES), place], content);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(place);
      const body = Buffer.concat([cipher.update(content), cipher.final()]);
      const version = Buffer.alloc(VERSION_BYTES);
      version.writeUInt32BE(current.version);
      return Buffer.concat([version, nonce, cipher.getAuthTag(), body]);
    },

    /** @throws UnknownKeyError when the key is not here (any more), Error when the bytes or the context were changed. */
    open(sealed: Buffer, context: string): Buffer {
      if (sealed.length < HEADER_BYTES) throw new Error('sealed value is too short');
      const key = ready().byVersion.get(sealed.readUInt32BE(0));
      if (key === undefined) throw new UnknownKeyError();
      const nonce = sealed.subarray(VERSION_BYTES, VERSION_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(VERSION_BYTES + NONCE_BYTES, HEADER_BYTES));
      const opened = decipher.update(sealed.subarray(HEADER_BYTES));
      // Throws unless the tag is right; in this mode no bytes are left.
      decipher.final();
      return opened;
    },

    /** The version that `sealed` was made with; a key rotation finds by it the rows that are left. */
    versionOf(sealed: Buffer): number {
      return sealed.readUInt32BE(0);
    },
  };
}

export type Sealer = ReturnType<typeof createSealer>;

// Arrays also have a method of that name.
function isList(keys: readonly VersionedKey[] | KeySource): keys is readonly VersionedKey[] {
  return Array.isArray(keys);
}

function arrange(keys: readonly VersionedKey[]): Keyed {
  const [current] = keys;
  if (current === undefined) throw new Error('a sealer needs at least one key');
  for (const { key } of keys) if (key.length !== 32) throw new Error('a sealing key has 32 bytes');
  return { keys, current, byVersion: new Map(keys.map(({ version, key }) => [version, key])) };
}

/**
 * Random bytes, bound to key, place and content by a keyed hash. Two copies of a process that draw the same bytes, such as a
 * virtual machine that was restored twice from one snapshot, have the same nonce only for the same ciphertext.
 */
function nonceFor([key, drawn, place]: readonly [Buffer, Buffer, Buffer], content: Buffer): Buffer {
  const head = key.length + drawn.length;
  const bytes = Buffer.allocUnsafe(head + LENGTH_BYTES + place.length + content.length);
  bytes.set(key);
  bytes.set(drawn, key.length);
  // With the length, no other place and content have the same bytes.
  bytes.writeUInt32BE(place.length, head);
  bytes.set(place, head + LENGTH_BYTES);
  bytes.set(content, head + LENGTH_BYTES + place.length);
  // Faster than the digest as a buffer.
  return Buffer.from(hash('sha256', bytes, 'hex').slice(0, 2 * NONCE_BYTES), 'hex');
}

const LENGTH_BYTES = 4;
const POOL_BYTES = 1_536;
const pool = { bytes: Buffer.alloc(POOL_BYTES), used: POOL_BYTES };

/** Many are drawn at once, because a draw costs more than the rest of a short encryption. */
function drawFromPool(bytes: number): Buffer {
  if (pool.used + bytes > POOL_BYTES) {
    pool.bytes = randomFillSync(Buffer.alloc(POOL_BYTES));
    pool.used = 0;
  }
  const start = pool.used;
  pool.used += bytes;
  return pool.bytes.subarray(start, pool.used);
}

/** Derives a key for one purpose from each key of a source, with the same version. */
export function deriveKeys(source: KeySource, purpose: string): KeySource {
  let from: readonly VersionedKey[] | undefined;
  let derived: readonly VersionedKey[] = [];
  return {
    keys: () => {
      const now = source.keys();
      if (now !== from) {
        derived = now.map(({ version, key }) => ({ version, key: deriveKey(key, purpose) }));
        from = now;
      }
      return derived;
    },
  };
}

/** A key of 32 bytes for one purpose out of a longer-lived secret (HKDF-SHA256, RFC 5869). */
export function deriveKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `consentry:${purpose}`, 32));
}

/** The digest that is stored in place of a bearer value (SHA-256). The values are random, so no salt is needed. */
export function fingerprint(value: string): Buffer {
  return hash('sha256', value, 'buffer');
}

/** A keyed hash with which a value can be looked up but not read (HMAC-SHA256). */
export function keyedIndex(key: Buffer, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}
