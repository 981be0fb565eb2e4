import type { Context } from 'koa';

import type { HttpKit } from '../http-kit.ts';
import { pickLocale } from './i18n.ts';
import { LOCALE_COOKIE } from './page-sender.ts';

/** What the protocol side has to know of the languages of the pages. */
export function languagesOf({ cookies }: Pick<HttpKit, 'cookies'>) {
  return {
    isChosen: (ctx: Context) => cookies.read(ctx, LOCALE_COOKIE) !== undefined,
    pick: pickLocale,
  };
}
