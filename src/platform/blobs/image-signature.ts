/** The kinds of images that can be decoded, as content types. */
export type ImageType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif';

/** How many bytes {@link imageTypeOf} looks at. */
export const SIGNATURE_BYTES = 64;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const BRAND_BYTES = 4;

/** The kind of a file by its first bytes (WebP: RFC 9649 §2.4); null for all others. Names and declared types do not count. */
export function imageTypeOf(head: Buffer): ImageType | null {
  if (startsWith(head, PNG)) return 'image/png';
  if (startsWith(head, JPEG)) return 'image/jpeg';
  if (isWebp(head)) return 'image/webp';
  return isAvif(head) ? 'image/avif' : null;
}

function isWebp(head: Buffer): boolean {
  return text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP';
}

/** ISO/IEC 14496-12 §4.3: the file type box comes first; its brands begin after the minor version. */
function isAvif(head: Buffer): boolean {
  if (text(head, 4, 8) !== 'ftyp') return false;
  const end = Math.min(head.readUInt32BE(0), head.length);
  for (let at = 8; at + BRAND_BYTES <= end; at += BRAND_BYTES) {
    if (at !== 12 && text(head, at, at + BRAND_BYTES) === 'avif') return true;
  }
  return false;
}

function startsWith(head: Buffer, signature: Buffer): boolean {
  return head.subarray(0, signature.length).equals(signature);
}

function text(head: Buffer, from: number, to: number): string {
  return head.toString('latin1', from, to);
}
