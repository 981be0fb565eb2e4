import type { Context } from 'koa';

import type { HttpKit } from '../http-kit.ts';
import { pickLocale } from './i18n.ts';
import { LOCALE_COOKIE } from './page-sender.ts';

/** The languages of the pages, for the protocol side. */
export function languagesOf({ cookies }: Pick<HttpKit, 'cookies'>) {
  return {
    isChosen: (ctx: Context) => cookies.read(ctx, LOCALE_COOKIE) !== undefined,
    pick: pickLocale,
  };
}
