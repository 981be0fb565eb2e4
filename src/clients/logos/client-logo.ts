import { hash } from 'node:crypto';

import type { Client } from '../client.ts';

/** A logo as it is stored and served. */
export interface ClientLogo {
  /** SHA-256 of the WebP file, base64url. */
  readonly digest: string;
  readonly webp: Buffer;
  /** For mail programs without WebP. */
  readonly png: Buffer;
}

export const LOGO_FORMATS = { webp: 'image/webp', png: 'image/png' } as const;
export type LogoFormat = keyof typeof LOGO_FORMATS;

/** The address of an app's logo on this server; null without a logo. Another logo has another address. */
export function logoHref({ logo }: Pick<Client, 'logo'>): string | null {
  return logo === null ? null : logoPath(logo, 'webp');
}

/** The address of one logo in one format. */
export function logoPath(digest: string, format: LogoFormat): string {
  return `/app-logos/${digest}/${format}`;
}

/** The digest that names a logo. */
export function logoDigest(webp: Buffer): string {
  return hash('sha256', webp, 'base64url');
}
