import type sharp from 'sharp';
import type { Sharp } from 'sharp';

import { AppError } from '../app-error.ts';
import { imageTypeOf, type ImageType, SIGNATURE_BYTES } from './image-signature.ts';
import { createSlots } from '../slots.ts';

/** Bytes of an upload as they arrive. */
export type ByteStream = AsyncIterable<Buffer>;

/** The uploads of one purpose. */
export interface ImageRule {
  /** The form field, and the beginning of the error codes. */
  readonly field: 'picture' | 'logo';
  readonly types: readonly ImageType[];
  readonly mostBytes: number;
  readonly mostPixels: number;
  /** `cover`: the sides are cut off. `contain`: the margins are transparent. */
  readonly fit: 'cover' | 'contain';
}

/** One stored form of an upload: a square. */
export interface ImageCopy {
  /** Of a side. */
  readonly pixels: number;
  readonly format: 'webp' | 'png';
}

const MOST_SECONDS = 10;
/** The decoder takes seconds for the rows of a picture that is one pixel wide and millions high. */
const LONGEST_SIDE = 32_768;
const WEBP_QUALITY = 82;
/** Uploads that arrive at the same moment; each holds at most `mostBytes` of its rule. */
const RECEIVING = { atOnce: 16, waiting: 32 };
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };
/** Decoding costs a core and up to some hundred megabytes. */
const DECODING = { atOnce: 2, waiting: 32 };

type Library = typeof sharp;

/** Loads the library at the first upload. */
async function openLibrary(): Promise<Library> {
  const { default: library } = await import('sharp');
  // All other loaders (SVG, GIF, PDF, TIFF, ...) are disabled in libvips itself, independent of the declared type of a
  // file.
  library.block({ operation: ['VipsForeignLoad'] });
  library.unblock({
    operation: [
      'VipsForeignLoadJpeg',
      'VipsForeignLoadPng',
      'VipsForeignLoadWebp',
      'VipsForeignLoadHeif',
    ],
  });
  // Disables the cache of the library, so that pictures of people do not stay in it.
  library.cache(false);
  library.concurrency(1);
  return library;
}

/** Makes small square pictures of uploaded files. Create one per process, because its limits apply to the process. */
export function createImageEncoder() {
  const receiving = createSlots(RECEIVING);
  const decoding = createSlots(DECODING);
  let opened: Promise<Library> | undefined;
  return {
    /**
     * The middle of a picture in every form of `copies`: upright, in sRGB, and without anything else that was in
     * the file (EXIF, places, comments, embedded files). Only the first image of several is used.
     * @throws AppError `image_too_large` (bytes), `image_kind_unsupported` (by its content, a kind that the rule does not
     * permit), `image_too_many_pixels`, `image_unreadable`, `busy`; for a logo the codes begin with `logo_`.
     */
    encodeSquares<Name>(
      content: ByteStream,
      { rule, copies }: { readonly rule: ImageRule; readonly copies: ReadonlyMap<Name, ImageCopy> },
    ): Promise<ReadonlyMap<Name, Buffer>> {
      return receiving.run(async () => {
        const library = await (opened ??= openLibrary());
        const decoder = await receive(library, content, rule);
        return decoding.run(() => encode(library, decoder, { rule, copies }));
      });
    },
  };
}

export type ImageEncoder = ReturnType<typeof createImageEncoder>;

/** Passes the bytes to the decoder as they arrive, and stops at the limit. */
async function receive(library: Library, content: ByteStream, rule: ImageRule): Promise<Sharp> {
  const decoder = library({
    limitInputPixels: rule.mostPixels,
    failOn: 'error',
    sequentialRead: true,
    pages: 1,
  });
  // The promise of `toBuffer` rejects with the same error.
  decoder.on('error', () => undefined);
  let head: Buffer = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > rule.mostBytes) throw refusal(rule, 'too_large');
    if (head.length < SIGNATURE_BYTES) {
      head = Buffer.concat([head, chunk.subarray(0, SIGNATURE_BYTES)]);
      if (head.length >= SIGNATURE_BYTES) requireSupported(head, rule);
    }
    decoder.write(chunk);
  }
  requireSupported(head, rule);
  decoder.end();
  return decoder;
}

function requireSupported(head: Buffer, rule: ImageRule): void {
  const type = imageTypeOf(head);
  if (type === null || !rule.types.includes(type)) throw refusal(rule, 'kind_unsupported');
}

async function encode<Name>(
  library: Library,
  decoder: Sharp,
  { rule, copies }: { readonly rule: ImageRule; readonly copies: ReadonlyMap<Name, ImageCopy> },
): Promise<ReadonlyMap<Name, Buffer>> {
  const largest = Math.max(...[...copies.values()].map(({ pixels }) => pixels));
  try {
    const sides = await decoder.metadata();
    if (Math.max(sides.width, sides.height) > LONGEST_SIDE) throw new Error('over the pixel limit');
    const { data, info } = await decoder
      .autoOrient()
      .resize(largest, largest, { fit: rule.fit, background: TRANSPARENT })
      .toColourspace('srgb')
      .timeout({ seconds: MOST_SECONDS })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const encoded = new Map<Name, Buffer>();
    for (const [name, { pixels, format }] of copies) {
      const picture = library(data, { raw: { width, height, channels } }).resize(pixels, pixels);
      const file = format === 'png' ? picture.png() : picture.webp({ quality: WEBP_QUALITY });
      encoded.set(name, await file.toBuffer());
    }
    return encoded;
  } catch (cause) {
    const isTooBig = cause instanceof Error && /pixel limit/i.test(cause.message);
    throw refusal(rule, isTooBig ? 'too_many_pixels' : 'unreadable', cause);
  }
}

type ImageProblem = 'too_large' | 'kind_unsupported' | 'too_many_pixels' | 'unreadable';

const LOGO_CODES = {
  too_large: 'logo_too_large',
  kind_unsupported: 'logo_kind_unsupported',
  too_many_pixels: 'logo_too_many_pixels',
  unreadable: 'logo_unreadable',
} as const satisfies Record<ImageProblem, string>;
const IMAGE_CODES = {
  too_large: 'image_too_large',
  kind_unsupported: 'image_kind_unsupported',
  too_many_pixels: 'image_too_many_pixels',
  unreadable: 'image_unreadable',
} as const satisfies Record<ImageProblem, string>;

function refusal({ field }: ImageRule, problem: ImageProblem, cause?: unknown): AppError {
  const code = field === 'logo' ? LOGO_CODES[problem] : IMAGE_CODES[problem];
  const kind = problem === 'too_large' ? 'too_large' : 'invalid';
  return new AppError(kind, code, { fields: { [field]: code }, cause });
}
