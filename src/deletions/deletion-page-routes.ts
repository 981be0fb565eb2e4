import { Type } from 'typebox';

import { FRESH_SECONDS } from '../accounts/index.ts';
import type { Translator } from '../http/pages/i18n.ts';
import { formPage, pageRoute, redirect, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import type { Locale } from '../platform/languages.ts';
import { deletedPage, deletePage } from './deletion-views.ts';
import type { Deletions } from './index.ts';

const PATH = '/account/delete';
const DELETED = '/account/deleted';
const COOKIE = 'deletion';
const FACTS = /^(\d{4}-\d{2}-\d{2}T[\d:.]{8,12}Z) ([\da-f-]{36})$/;

interface DeletionPageDeps {
  readonly deletions: Deletions;
  readonly words: Pick<Translator, 'translate'>;
}

/** The pages on which a person deletes the account: the consequences, a word to type, and the next steps. */
export function deletionPageRoutes(deps: DeletionPageDeps): readonly AnyRoute[] {
  return [...deleting(deps), deleted()];
}

function deleting({ deletions, words }: DeletionPageDeps): readonly AnyRoute[] {
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
    submit: async ({ caller: { accountId }, form, request: { locale, cookies } }) => {
      requireWord(form.confirmation ?? '', { locale, word: confirmationWord(locale) });
      try {
        const { purgeAt, reference } = await deletions.delete({ accountId, locale });
        const value = `${purgeAt.toISOString()} ${reference}`;
        cookies.write({ name: COOKIE, path: DELETED, value, maxAgeSeconds: 3_600 });
        return redirect(DELETED);
      } catch (error) {
        throw isAppError(error, 'last_administrator') ? error.at('form') : error;
      }
    },
  });
}

/** The browser is signed out by then, so it keeps the facts of the page for an hour. */
function deleted(): AnyRoute {
  return pageRoute({
    method: 'get',
    path: DELETED,
    access: 'public',
    handle: async ({ request: { cookies } }) => {
      const [, date, reference] = FACTS.exec(cookies.read(COOKIE, DELETED) ?? '') ?? [];
      if (date === undefined || reference === undefined) return redirect('/');
      const purgeAt = new Date(date);
      return render(deletedPage, { purgeAt, reference, isRestorable: purgeAt > new Date() });
    },
  });
}

function requireWord(typed: string, { locale, word }: { locale: Locale; word: string }): void {
  const lower = (text: string): string => text.trim().toLocaleLowerCase(locale);
  if (lower(typed) === lower(word)) return;
  throw new AppError('invalid', 'word_wrong', { fields: { confirmation: 'word_wrong' } });
}
