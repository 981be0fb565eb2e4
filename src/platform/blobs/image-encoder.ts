import type sharp from 'sharp';
import type { Sharp } from 'sharp';

import { AppError } from '../app-error.ts';
import { isSupportedImage, SIGNATURE_BYTES } from './image-signature.ts';
import { createSlots } from '../slots.ts';

/** Bytes of an upload as they arrive. */
export type ByteStream = AsyncIterable<Buffer>;

/** The content types that may be uploaded. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/avif'] as const;
export const IMAGE_LIMIT_BYTES = 5 * 1024 * 1024;

const MOST_PIXELS = 50_000_000;
const MOST_SECONDS = 10;
const WEBP_QUALITY = 82;
/** Uploads that arrive at the same moment; each holds at most {@link IMAGE_LIMIT_BYTES}. */
const RECEIVING = { atOnce: 16, waiting: 32 };
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
     * The middle of a picture as WebP, once per size in pixels: upright, in sRGB, and without anything else that was in
     * the file (EXIF, places, comments, embedded files). Only the first image of several is used.
     * @throws AppError `image_too_large` (bytes), `image_kind_unsupported` (neither PNG, JPEG, WebP nor AVIF by its content),
     * `image_too_many_pixels`, `image_unreadable`, `busy`.
     */
    encodeSquares<Size extends number>(
      content: ByteStream,
      sizes: readonly Size[],
    ): Promise<ReadonlyMap<Size, Buffer>> {
      return receiving.run(async () => {
        const library = await (opened ??= openLibrary());
        const decoder = await receive(library, content);
        return decoding.run(() => encode(library, decoder, sizes));
      });
    },
  };
}

export type ImageEncoder = ReturnType<typeof createImageEncoder>;

/** Passes the bytes to the decoder as they arrive, and stops at the limit. */
async function receive(library: Library, content: ByteStream): Promise<Sharp> {
  const decoder = library({
    limitInputPixels: MOST_PIXELS,
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
    if (size > IMAGE_LIMIT_BYTES) throw refusal('too_large', 'image_too_large');
    if (head.length < SIGNATURE_BYTES) {
      head = Buffer.concat([head, chunk.subarray(0, SIGNATURE_BYTES)]);
      if (head.length >= SIGNATURE_BYTES) requireSupported(head);
    }
    decoder.write(chunk);
  }
  requireSupported(head);
  decoder.end();
  return decoder;
}

function requireSupported(head: Buffer): void {
  if (!isSupportedImage(head)) throw refusal('invalid', 'image_kind_unsupported');
}

async function encode<Size extends number>(
  library: Library,
  decoder: Sharp,
  sizes: readonly Size[],
): Promise<ReadonlyMap<Size, Buffer>> {
  const largest = Math.max(...sizes);
  try {
    const { data, info } = await decoder
      .autoOrient()
      .resize(largest, largest, { fit: 'cover' })
      .toColourspace('srgb')
      .timeout({ seconds: MOST_SECONDS })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const encoded = new Map<Size, Buffer>();
    for (const size of sizes) {
      const picture = library(data, { raw: { width, height, channels } }).resize(size, size);
      encoded.set(size, await picture.webp({ quality: WEBP_QUALITY }).toBuffer());
    }
    return encoded;
  } catch (cause) {
    const isTooBig = cause instanceof Error && /pixel limit/i.test(cause.message);
    throw refusal('invalid', isTooBig ? 'image_too_many_pixels' : 'image_unreadable', cause);
  }
}

type ImageProblem =
  'image_too_large' | 'image_kind_unsupported' | 'image_too_many_pixels' | 'image_unreadable';

function refusal(kind: 'invalid' | 'too_large', code: ImageProblem, cause?: unknown): AppError {
  return new AppError(kind, code, { fields: { picture: code }, cause });
}
