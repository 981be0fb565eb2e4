import { Type } from 'typebox';

import { FRESH_SECONDS } from '../accounts/index.ts';
import type { Translator } from '../http/pages/i18n.ts';
import { formPage, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import type { Locale } from '../platform/languages.ts';
import { deletedPage, deletePage } from './deletion-views.ts';
import type { Deletions } from './index.ts';

const PATH = '/account/delete';

/** The pages on which a person deletes the account: the consequences, a word to type, and the next steps. */
export function deletionPageRoutes({
  deletions,
  words,
}: {
  readonly deletions: Deletions;
  readonly words: Pick<Translator, 'translate'>;
}): readonly AnyRoute[] {
  /** The word that confirms, in the language of the page. */
  const confirmationWord = (locale: Locale): string =>
    words.translate({ locale, namespace: 'deletions', key: 'word' });
  return formPage({
    path: PATH,
    access: 'person',
    freshSeconds: FRESH_SECONDS,
    form: Type.Object({ confirmation: Type.Optional(Type.String({ maxLength: 100 })) }),
    limit: { points: 10, perSeconds: 600 },
    show: async ({ caller: { accountId }, request: { locale }, formErrors }) =>
      render(deletePage, {
        ...(await deletions.describe(accountId)),
        word: confirmationWord(locale),
        formErrors,
      }),
    submit: async ({ caller: { accountId }, form, request: { locale } }) => {
      requireWord(form.confirmation ?? '', { locale, word: confirmationWord(locale) });
      try {
        const { deletedAt, purgeAt, reference } = await deletions.delete({ accountId, locale });
        const isRestorable = purgeAt > deletedAt;
        return render(deletedPage, { purgeAt, reference, isRestorable });
      } catch (error) {
        throw isAppError(error, 'last_administrator') ? error.at('form') : error;
      }
    },
  });
}

function requireWord(typed: string, { locale, word }: { locale: Locale; word: string }): void {
  const lower = (text: string): string => text.trim().toLocaleLowerCase(locale);
  if (lower(typed) === lower(word)) return;
  throw new AppError('invalid', 'word_wrong', { fields: { confirmation: 'word_wrong' } });
}
