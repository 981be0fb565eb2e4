import type { Context } from 'koa';

import { knownTimeZone } from '../../platform/time-zones.ts';

/** `local-time.js` writes it, so it is neither `HttpOnly` nor prefixed. It decides about nothing but the notation of times. */
const ZONE_COOKIE = 'consentry-time-zone';

/** The time zone of the browser that sent the request; undefined when it runs no scripts or has not seen a page yet. */
export function readerTimeZone(ctx: Pick<Context, 'cookies'>): string | undefined {
  return knownTimeZone(ctx.cookies.get(ZONE_COOKIE) ?? '') ?? undefined;
}
