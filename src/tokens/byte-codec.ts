/** Collects bytes. */
export interface ByteWriter {
  byte(value: number): void;
  uint32(value: number): void;
  /** A non-negative integer, seven bits a byte, the lowest first. */
  varint(value: number): void;
  /** UTF-8 behind its length. */
  text(value: string): void;
  bytes(value: Buffer): void;
  done(): Buffer;
}

/** Reads what a {@link ByteWriter} wrote. Every method throws Error where the bytes end too early. */
export interface ByteReader {
  byte(): number;
  uint32(): number;
  varint(): number;
  text(): string;
  bytes(count: number): Buffer;
  /** @throws Error when something is left. */
  end(): void;
}

const FIRST_CAPACITY = 256;
/** The largest number of bytes of a varint: seven of them hold 49 bits. */
const VARINT_BYTES = 7;

export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  let length = 0;
  const reserve = (count: number): number => {
    const at = length;
    length += count;
    if (length > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length));
      buffer.copy(larger, 0, 0, at);
      buffer = larger;
    }
    return at;
  };
  const byte = (value: number): void => {
    const at = reserve(1);
    buffer[at] = value;
  };
  const varint = (value: number): void => {
    let rest = value;
    while (rest >= 0x80) {
      byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    byte(rest);
  };
  return {
    byte,
    varint,
    uint32: (value) => {
      const at = reserve(4);
      buffer.writeUInt32BE(value, at);
    },
    text: (value) => {
      const size = Buffer.byteLength(value);
      varint(size);
      const at = reserve(size);
      buffer.write(value, at, 'utf8');
    },
    bytes: (value) => {
      const at = reserve(value.length);
      value.copy(buffer, at);
    },
    done: () => buffer.subarray(0, length),
  };
}

export function createByteReader(input: Buffer): ByteReader {
  let position = 0;
  const take = (count: number): number => {
    const at = position;
    if (at + count > input.length) throw new Error('the bytes end too early');
    position += count;
    return at;
  };
  const byte = (): number => input.readUInt8(take(1));
  const varint = (): number => {
    let value = 0;
    for (let index = 0; index < VARINT_BYTES; index += 1) {
      const next = byte();
      value += (next % 0x80) * 0x80 ** index;
      if (next < 0x80) return value;
    }
    throw new Error('a number with too many bytes');
  };
  const bytes = (count: number): Buffer => {
    const at = take(count);
    return input.subarray(at, at + count);
  };
  return {
    byte,
    varint,
    bytes,
    uint32: () => input.readUInt32BE(take(4)),
    text: () => bytes(varint()).toString('utf8'),
    end: () => {
      if (position !== input.length) throw new Error('there are more bytes than expected');
    },
  };
}
