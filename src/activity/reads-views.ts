import { page } from '../http/pages/page.ts';
import type { ReadsOfApp, ReadsOfClaim } from '../ledger/index.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { appOf, exportOf, type NamedApp } from './history-views.ts';

export const readsByAppPage = page<ReturnType<typeof presentReadsByApp>>(
  'activity/reads-by-app.njk',
);
export const readsByValuePage = page<ReturnType<typeof presentReadsByValue>>(
  'activity/reads-by-value.njk',
);

interface ReadsContext {
  readonly from: Date;
  readonly claims: ClaimCatalogue;
  /** Client id -> app. */
  readonly apps: ReadonlyMap<string, NamedApp>;
  readonly locale: string;
}

/** Presents the number of reads of each app. */
export function presentReadsByApp(
  input: ReadsContext & { readonly readers: readonly ReadsOfApp[] },
) {
  const { readers, from, apps, claims, locale } = input;
  return {
    from,
    files: exportOf({}),
    rows: readers.map(({ clientId, reads, lastAt, claims: read }) => ({
      app: appOf(apps, clientId),
      /** The address of the list of these reads. */
      href: `/account/history?app=${encodeURIComponent(clientId)}`,
      reads,
      lastAt,
      /** The claims that the app read. */
      others: read.map((claim) => claims.titleOf(claim, locale)),
    })),
  };
}

/** Presents the number of reads of each claim. */
export function presentReadsByValue(
  input: ReadsContext & { readonly values: readonly ReadsOfClaim[] },
) {
  const { values, from, apps, claims, locale } = input;
  return {
    from,
    files: exportOf({}),
    rows: values.map(({ claim, reads, lastAt, clientIds }) => ({
      name: claims.titleOf(claim, locale),
      href: `/account/history?claim=${encodeURIComponent(claim)}`,
      reads,
      lastAt,
      /** The apps that read the claim. */
      others: clientIds.map((clientId) => appOf(apps, clientId)),
    })),
  };
}
