import { Type } from 'typebox';

import type { HttpKit } from '../http-kit.ts';
import { LOCALE_COOKIE, THEME_COOKIE } from './page-sender.ts';
import { pageRoute, redirect } from '../routing/page-route.ts';
import { safeReturnPath, sitePath, type SitePath } from './site-path.ts';
import type { AnyRoute } from '../routing/route.ts';

const YEAR_SECONDS = 60 * 60 * 24 * 365;
const next = Type.Optional(Type.String({ maxLength: 2_000 }));

/** Language and theme, remembered in this browser; both come back to the page they were chosen on. */
export function preferenceRoutes({ cookies, settings }: HttpKit): readonly AnyRoute[] {
  const back = (path: string | undefined): SitePath =>
    safeReturnPath(path ?? '/', settings.issuer) ?? sitePath`/`;
  return [
    pageRoute({
      method: 'post',
      path: '/preferences/locale',
      access: 'public',
      form: Type.Object({ locale: Type.Union([Type.Literal('en'), Type.Literal('ru')]), next }),
      handle: async ({ form, ctx }) => {
        if (form === null) return redirect('/');
        cookies.write(ctx, {
          name: LOCALE_COOKIE,
          value: form.locale,
          maxAgeSeconds: YEAR_SECONDS,
        });
        return redirect(back(form.next));
      },
    }),
    pageRoute({
      method: 'post',
      path: '/preferences/theme',
      access: 'public',
      form: Type.Object({
        theme: Type.Union([Type.Literal('system'), Type.Literal('light'), Type.Literal('dark')]),
        next,
      }),
      handle: async ({ form, ctx }) => {
        if (form === null) return redirect('/');
        cookies.write(ctx, { name: THEME_COOKIE, value: form.theme, maxAgeSeconds: YEAR_SECONDS });
        return redirect(back(form.next));
      },
    }),
  ];
}
