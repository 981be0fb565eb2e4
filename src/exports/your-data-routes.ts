import { page } from '../http/pages/page.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import type { Vault } from '../vault/index.ts';
import type { ExportStatus } from './export.ts';
import type { Exports } from './index.ts';

interface YourDataDeps {
  readonly exports: Pick<Exports, 'latest'>;
  readonly vault: { readonly records: Pick<Vault['records'], 'count'> };
}

/** The page from which a person takes, looks through and deletes the data that the server stores about them. */
export const yourDataPage = page<{
  /** The status of the latest export; null: there is none. */
  readonly exportStatus: ExportStatus | null;
  /** The number of records that apps store with the person. */
  readonly records: number;
}>('exports/your-data.njk');

/** The page "Your data": the export, the records of apps, the receipts and the deletion of the account. */
export function yourDataRoutes({ exports, vault }: YourDataDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/data',
      access: 'person',
      handle: async ({ caller: { accountId } }) => {
        const [latest, counts] = await Promise.all([
          exports.latest(accountId),
          vault.records.count(accountId),
        ]);
        return render(yourDataPage, {
          exportStatus: latest?.status ?? null,
          records: counts.reduce((sum, { count }) => sum + count, 0),
        });
      },
    }),
  ];
}
