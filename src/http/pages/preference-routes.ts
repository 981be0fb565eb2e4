import { Type } from 'typebox';

import type { HttpKit } from '../http-kit.ts';
import { formAction, redirect } from '../routing/page-route.ts';
import type { AnyRoute } from '../routing/route.ts';
import { LOCALE_COOKIE, THEME_COOKIE } from './page-sender.ts';
import { safeReturnPath, sitePath } from './site-path.ts';

const YEAR_SECONDS = 60 * 60 * 24 * 365;

/** Language and theme, kept in this browser; both return to the page on which they were chosen. */
export function preferenceRoutes({ cookies, settings, translator }: HttpKit): readonly AnyRoute[] {
  const preference = (path: `/${string}`, name: string, choices: readonly string[]) =>
    formAction({
      path,
      access: 'public',
      form: Type.Object({
        [name]: Type.Enum([...choices]),
        next: Type.Optional(Type.String({ maxLength: 2_000 })),
      }),
      // Only a program sends another choice.
      show: async () => redirect('/'),
      submit: async ({ form, ctx }) => {
        const { [name]: value = '', next = '/' } = form as Readonly<Record<string, string>>;
        cookies.write(ctx, { name, value, maxAgeSeconds: YEAR_SECONDS });
        return redirect(safeReturnPath(next, settings.issuer) ?? sitePath`/`);
      },
    });
  return [
    preference('/preferences/locale', LOCALE_COOKIE, translator.languages.installed),
    preference('/preferences/theme', THEME_COOKIE, ['system', 'light', 'dark']),
  ];
}
