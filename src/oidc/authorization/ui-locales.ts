import type { Context } from 'koa';

import { currentRequest } from '../../platform/request-context.ts';

/** The languages of the pages. */
export interface Languages {
  readonly installed: readonly string[];
  /** Has the person chosen a language? Then it is kept, even if the app requests another one. */
  isChosen(ctx: Context): boolean;
  pick(wanted: readonly string[]): string | undefined;
}

/**
 * Sets the language of this request by the parameter `ui_locales` (OpenID Connect Core 1.0 §3.1.2.1; RP-Initiated Logout 1.0 §2). It comes
 * before the languages of the browser, and after the person's own choice.
 */
export function applyUiLocales(languages: Languages, ctx: Context, uiLocales: unknown): void {
  const request = currentRequest();
  if (typeof uiLocales !== 'string' || request === undefined || languages.isChosen(ctx)) return;
  request.locale = languages.pick(uiLocales.split(' ', 20)) ?? request.locale;
}
