const FIRST_CAPACITY = 256;
/** The largest number of bytes of a varint: seven of them hold 49 bits. */
const VARINT_BYTES = 7;

/** Collects bytes. */
export function createByteWriter() {
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
    /** A non-negative integer, seven bits per byte, the lowest bits first. */
    varint,
    uint32: (value: number): void => {
      const at = reserve(4);
      buffer.writeUInt32BE(value, at);
    },
    /** UTF-8 behind its length. */
    text: (value: string): void => {
      const size = Buffer.byteLength(value);
      varint(size);
      const at = reserve(size);
      buffer.write(value, at, 'utf8');
    },
    bytes: (value: Buffer): void => {
      const at = reserve(value.length);
      value.copy(buffer, at);
    },
    done: (): Buffer => buffer.subarray(0, length),
  };
}

/** Reads the bytes of a {@link ByteWriter}. Every method throws Error where the bytes end too early. */
export function createByteReader(input: Buffer) {
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
    let factor = 1;
    for (let index = 0; index < VARINT_BYTES; index += 1) {
      const next = byte();
      value += (next % 0x80) * factor;
      if (next < 0x80) return value;
      factor *= 0x80;
    }
    throw new Error('a number with too many bytes');
  };
  const bytes = (count: number): Buffer => {
    const at = take(count);
    return input.subarray(at, at + count);
  };
  return {
    varint,
    bytes,
    uint32: (): number => input.readUInt32BE(take(4)),
    text: (): string => bytes(varint()).toString('utf8'),
    /** @throws Error when bytes are left. */
    end: (): void => {
      if (position !== input.length) throw new Error('there are more bytes than expected');
    },
  };
}

export type ByteWriter = ReturnType<typeof createByteWriter>;
export type ByteReader = ReturnType<typeof createByteReader>;
