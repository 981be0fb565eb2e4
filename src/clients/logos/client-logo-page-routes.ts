import { Type } from 'typebox';

import { page } from '../../http/pages/page.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import {
  type FormErrors,
  formPage,
  pageRoute,
  redirect,
  render,
  success,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import { type AppLine, toAppLine } from '../console/client-views.ts';

interface LogoModel {
  readonly app: AppLine;
  readonly errors: FormErrors;
}

export const logoPage = page<LogoModel>('clients/logo.njk');

const PATH = '/developer/apps/{clientId}/logo';
/** More than a logo may have: the error for a file that is too large is shown at its field. */
const FORM_BYTES = 8 * 1024 * 1024;

/** The page on which a developer uploads and removes the logo of an app. */
export function clientLogoPageRoutes({ clients }: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    ...formPage({
      ...ONE_CLIENT_PAGE,
      path: PATH,
      form: Type.Object({}),
      file: { name: 'logo', maxBytes: FORM_BYTES },
      limit: { points: 20, perSeconds: 60 },
      show: async ({ params, caller, formErrors }) => {
        const client = await clients.findManaged({ ...params, manager: caller });
        return render(logoPage, { app: toAppLine(client), errors: formErrors ?? {} });
      },
      submit: async ({ params, caller, file }) => {
        if (file === null) {
          throw new AppError('invalid', 'logo_missing', { fields: { logo: 'logo_missing' } });
        }
        await clients.setLogo({ ...params, manager: caller, content: file });
        const app = sitePath`/developer/apps/${params.clientId}`;
        return redirect(app, success('clients:flash.logoSaved'));
      },
    }),
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'post',
      path: `${PATH}/remove`,
      handle: async ({ params, caller }) => {
        await clients.removeLogo({ ...params, manager: caller });
        const app = sitePath`/developer/apps/${params.clientId}`;
        return redirect(app, success('clients:flash.logoRemoved'));
      },
    }),
  ];
}
