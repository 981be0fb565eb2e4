import { Type } from 'typebox';

import { FRESH_SECONDS } from '../accounts/index.ts';
import {
  download,
  formPage,
  type PageResult,
  redirect,
  render,
} from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { isAppError } from '../platform/app-error.ts';
import { exportPage, presentExportPage } from './export-views.ts';
import type { Exports } from './index.ts';

const PATH = '/account/export';
const DOWNLOAD = '/account/export/download';

/** The pages on which a person requests all their data, sees the progress, and downloads the file. */
export function exportPageRoutes({ exports }: { readonly exports: Exports }): readonly AnyRoute[] {
  const show = async (
    accountId: string,
    { locale, formError = null }: { locale: string; formError?: string | null },
  ): Promise<PageResult> => {
    const model = presentExportPage(await exports.latest(accountId), { locale, formError });
    return render(exportPage, model);
  };
  return [
    ...formPage({
      path: PATH,
      access: 'person',
      submitFreshSeconds: FRESH_SECONDS,
      limit: { points: 10, perSeconds: 3_600 },
      show: async ({ caller, request }) => show(caller.accountId, request),
      submit: async ({ caller, request: { locale } }) => {
        try {
          await exports.request({ accountId: caller.accountId, locale });
        } catch (error) {
          // If it was requested twice, the page shows the export in progress.
          if (!isAppError(error, 'export_running')) throw error;
        }
        return redirect(PATH);
      },
    }),
    ...formPage({
      path: DOWNLOAD,
      access: 'person',
      submitFreshSeconds: FRESH_SECONDS,
      form: Type.Object({ exportId: Type.String({ format: 'uuid' }) }),
      // A new proof of identity returns to this address.
      show: async ({ caller: { accountId }, request: { locale }, formErrors }) =>
        formErrors === null
          ? redirect(PATH)
          : show(accountId, { locale, formError: formErrors['form'] ?? null }),
      submit: async ({ caller: { accountId }, form: { exportId } }) => {
        try {
          return download(await exports.download({ accountId, exportId }));
        } catch (error) {
          const isExpected = ['export_not_found', 'export_not_ready', 'export_gone'].some((code) =>
            isAppError(error, code),
          );
          throw isExpected && isAppError(error) ? error.at('form') : error;
        }
      },
    }),
  ];
}
