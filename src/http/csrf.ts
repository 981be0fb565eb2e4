import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from 'koa';

import { deriveKey } from '../platform/keys/encryption.ts';
import type { CookieJar } from './cookies.ts';
import { isEqual } from './pages/signed-text.ts';
import type { HttpSettings } from './settings.ts';

/** Name of the hidden form field. */
export const CSRF_FIELD = '_csrf';
/** Name of the header for scripts of our own pages. */
const CSRF_HEADER = 'x-csrf-token';

const COOKIE = 'form';
const COOKIE_SHAPE = /^[\w-]{22}$/;
const MAC_BYTES = 32;
const COOKIE_SECONDS = 60 * 60 * 24 * 30;

/**
 * Proves that one of our own pages requested a change. The token is a keyed hash of a random cookie, so every node accepts
 * the tokens of the others and nothing is stored.
 */
export function createCsrf(settings: HttpSettings, cookies: CookieJar) {
  const keys = settings.cookieSecrets.map((secret) => deriveKey(secret, 'form token'));
  const [current] = keys;
  if (current === undefined) throw new Error('form tokens need at least one secret');

  const isValid = (ctx: Context, token: string | undefined): boolean => {
    const seed = cookies.read(ctx, COOKIE);
    if (seed === undefined || !COOKIE_SHAPE.test(seed) || token === undefined) return false;
    const given = unmask(token);
    return given !== undefined && keys.some((key) => isEqual(hashOf(key, seed), given));
  };
  const isForeign = (ctx: Context): boolean => {
    const site = ctx.get('sec-fetch-site');
    if (site !== '' && site !== 'same-origin' && site !== 'none') return true;
    const origin = ctx.get('origin');
    return origin !== '' && origin !== 'null' && origin !== settings.issuer;
  };

  return {
    /** A token for this browser. Its text differs each time, so that compression reveals nothing about it (BREACH). */
    issue: (ctx: Context): string => mask(hashOf(current, seedOf(ctx, cookies))),

    /**
     * True when the request carries a token for this browser and was not sent by another site. `Origin` cannot be required:
     * our pages send no referrer, and then browsers post forms with `Origin: null`.
     */
    isProven: (ctx: Context, token: string | undefined): boolean =>
      !isForeign(ctx) && isValid(ctx, token),

    /**
     * For scripts that call the API with the session cookie: requires the token header, or the header with which the
     * browser marks a request of our pages.
     */
    isProvenCall(ctx: Context): boolean {
      if (isForeign(ctx)) return false;
      const isOwn =
        ctx.get('sec-fetch-site') === 'same-origin' || ctx.get('origin') === settings.issuer;
      return isOwn || isValid(ctx, ctx.get(CSRF_HEADER));
    },
  };
}

export type Csrf = ReturnType<typeof createCsrf>;

function seedOf(ctx: Context, cookies: CookieJar): string {
  const known = (ctx.state['csrfSeed'] as string | undefined) ?? cookies.read(ctx, COOKIE);
  if (known !== undefined && COOKIE_SHAPE.test(known)) return known;
  const seed = randomBytes(16).toString('base64url');
  ctx.state['csrfSeed'] = seed;
  cookies.write(ctx, { name: COOKIE, value: seed, maxAgeSeconds: COOKIE_SECONDS });
  return seed;
}

function hashOf(key: Buffer, seed: string): Buffer {
  return createHmac('sha256', key).update(seed).digest();
}

function mask(value: Buffer): string {
  const pad = randomBytes(MAC_BYTES);
  return Buffer.concat([pad, xor(value, pad)]).toString('base64url');
}

function unmask(token: string): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== 2 * MAC_BYTES) return undefined;
  return xor(bytes.subarray(MAC_BYTES), bytes.subarray(0, MAC_BYTES));
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}
