import { hash } from 'node:crypto';

import type { ImageCopy, ImageRule } from '../../platform/blobs/image-encoder.ts';
import type { Client } from '../client.ts';

/** The formats of a logo: WebP for pages, PNG for mail programs. */
export const LOGO_FORMATS = ['webp', 'png'] as const;
export type LogoFormat = (typeof LOGO_FORMATS)[number];

/** A logo as it is stored and served. */
export interface ClientLogo extends Readonly<Record<LogoFormat, Buffer>> {
  /** SHA-256 of the WebP file, base64url. */
  readonly digest: string;
}

/** The files that may be uploaded. SVG can contain scripts and has no fixed appearance, so it is refused. */
export const LOGO_RULE = {
  field: 'logo',
  types: ['image/png', 'image/jpeg', 'image/webp'],
  mostBytes: 1024 * 1024,
  mostPixels: 16_000_000,
  fit: 'contain',
} as const satisfies ImageRule;

const LOGO_PIXELS = 256;

/** The stored files of a logo. */
export const LOGO_COPIES: ReadonlyMap<LogoFormat, ImageCopy> = new Map(
  LOGO_FORMATS.map((format) => [format, { pixels: LOGO_PIXELS, format }]),
);

/** The addresses of an app's logo on this server; null without a logo. Another logo has other addresses. */
export function logoHrefs({ logo }: Pick<Client, 'logo'>): Record<LogoFormat, string> | null {
  return logo === null ? null : { webp: pathOf(logo, 'webp'), png: pathOf(logo, 'png') };
}

/** The address of the logo for pages; null without a logo. */
export function logoHref(client: Pick<Client, 'logo'>): string | null {
  return logoHrefs(client)?.webp ?? null;
}

/** The digest that names a logo. */
export function logoDigest(webp: Buffer): string {
  return hash('sha256', webp, 'base64url');
}

function pathOf(digest: string, format: LogoFormat): string {
  return `/app-logos/${digest}/${format}`;
}
