// @ts-check
// A list of known passwords in little space: the sorted SHA-1 digests of the passwords, cut to their first seven bytes. The
// server and the page read it with this code; src/authentication/passwords/password-list-file.ts writes it.
//
//   16 bytes       "PWLIST", version 1, number of bucket bits, 8 zero bytes
//   n x 3 bytes    bytes 4 to 6 of each digest, in the order of the digests
//   (2^b + 1) x 4  for each bucket (the first b bits of a digest) the number of digests before it; the last number is n
//   32 bytes       SHA-256 of all bytes before
//
// A text that is not in the list is found with a probability of (digests per bucket) / 2^24. The writer chooses at most 64
// digests per bucket on average, so the probability is below 0.0004 %.

export const MAGIC = 'PWLIST';
export const HEADER_BYTES = 16;
export const ENTRY_BYTES = 3;
export const INDEX_BYTES = 4;
export const CHECKSUM_BYTES = 32;

/**
 * Opens a list. Its checksum has been verified, or the list is a file of this site.
 * @param {Uint8Array} bytes
 * @returns {PasswordList}
 * @throws Error when the parts do not fit together.
 */
export function openPasswordList(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (bytes.length < HEADER_BYTES || magic !== MAGIC || bytes[6] !== 1)
    throw new Error('it is not a list of passwords');
  const bits = bytes[7] ?? 0;
  const index = bytes.length - CHECKSUM_BYTES - INDEX_BYTES * (2 ** bits + 1);
  const count = (index - HEADER_BYTES) / ENTRY_BYTES;
  const isWhole = bits <= 24 && Number.isInteger(count) && count >= 0;
  if (!isWhole || view.getUint32(index + INDEX_BYTES * 2 ** bits) !== count)
    throw new Error('its length does not fit its header');
  return {
    count,
    has(digest) {
      const [bucket, entry] = split(digest, bits);
      const first = view.getUint32(index + INDEX_BYTES * bucket);
      const end = view.getUint32(index + INDEX_BYTES * (bucket + 1));
      for (let row = first; row < end; row += 1) {
        const at = HEADER_BYTES + ENTRY_BYTES * row;
        if (view.getUint16(at) * 256 + view.getUint8(at + 2) === entry) return true;
      }
      return false;
    },
  };
}

/**
 * @typedef {object} PasswordList
 * @property {number} count the number of passwords
 * @property {(digest: Uint8Array) => boolean} has is a text with this SHA-1 in the list?
 */

/**
 * The bucket and the entry of a digest.
 * @param {Uint8Array} digest
 * @param {number} bits
 * @returns {readonly [bucket: number, entry: number]}
 */
function split(digest, bits) {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const bucket = Math.floor(view.getUint32(0) / 2 ** (32 - bits));
  return [bucket, view.getUint16(4) * 256 + view.getUint8(6)];
}
