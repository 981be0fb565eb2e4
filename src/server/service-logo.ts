import { Readable } from 'node:stream';

import type { PartialConfig } from '../config/config.ts';
import { AppError } from '../platform/app-error.ts';
import type { ImageEncoder } from '../platform/blobs/image-encoder.ts';

/** Of a side; mails show it smaller, so that it is sharp on every screen. */
const PIXELS = 128;
const MOST_PIXELS = 16_000_000;

/**
 * The logo of the service for mails: a square PNG, because mail programs do not show every format that browsers do.
 * @returns null without a logo. @throws AppError `brand_logo_unreadable`.
 */
export async function encodeServiceLogo(
  images: Pick<ImageEncoder, 'encodeSquares'>,
  { logo }: Pick<PartialConfig['brand'], 'logo'>,
): Promise<Buffer | null> {
  if (logo === null) return null;
  const rule = {
    field: 'logo',
    types: ['image/png', 'image/jpeg', 'image/webp'],
    mostBytes: logo.content.length,
    mostPixels: MOST_PIXELS,
    fit: 'contain',
  } as const;
  const copies = new Map([['mail', { pixels: PIXELS, format: 'png' }]] as const);
  try {
    const encoded = await images.encodeSquares(Readable.from([logo.content]), { rule, copies });
    return encoded.get('mail') ?? null;
  } catch (cause) {
    throw new AppError('invalid', 'brand_logo_unreadable', {
      detail: 'BRAND_LOGO cannot be decoded: the file is damaged or has more than 16 megapixels.',
      cause,
    });
  }
}
