import type { Locale, Translator } from '../http/pages/i18n.ts';
import type { ConsentText, ConsentTextLine } from '../receipts/index.ts';

/** The translator and the language of the person. */
export interface TextContext {
  readonly words: Pick<Translator, 'translate'>;
  readonly locale: string;
}

const CHANGE_PAGE_VERSION = 1;
const END_PAGE_VERSION = 1;

/** The text of the page of a connected app at the place where one answer is changed. */
export function changeItemText(
  ctx: TextContext,
  item: { readonly title: string; readonly purpose: string | null; readonly appName: string },
): ConsentText {
  const { title, purpose, appName } = item;
  return {
    page: 'change',
    pageVersion: CHANGE_PAGE_VERSION,
    locale: ctx.locale,
    app: appName,
    lines: [
      line('heading', appName),
      line('item', title),
      ...(purpose === null
        ? []
        : [line('purpose', translate(ctx, 'consents:consent.purpose', { purpose }))]),
    ],
  };
}

/** The text of the page on which access is ended. */
export function endAppText(ctx: TextContext, app: string): ConsentText {
  return {
    page: 'end',
    pageVersion: END_PAGE_VERSION,
    locale: ctx.locale,
    app,
    lines: [
      line('heading', translate(ctx, 'connected-apps:end.title', { app })),
      ...['signedOut', 'askAgain', 'keeps', 'history'].map((key) =>
        line('note', translate(ctx, `connected-apps:end.${key}`, { app })),
      ),
    ],
  };
}

function translate({ words, locale }: TextContext, key: string, values: Record<string, string>) {
  return words.translate({ locale: locale as Locale, namespace: 'connected-apps', key, values });
}

function line(role: ConsentTextLine['role'], text: string): ConsentTextLine {
  return { role, text };
}
