import type { Context } from 'koa';

import type { HttpKit } from '../http-kit.ts';
import { LOCALE_COOKIE } from './page-sender.ts';

/** The languages of the pages, for the protocol side. */
export function languagesOf({ cookies, translator }: Pick<HttpKit, 'cookies' | 'translator'>) {
  return {
    isChosen: (ctx: Context) => cookies.read(ctx, LOCALE_COOKIE) !== undefined,
    ...translator.languages,
  };
}
