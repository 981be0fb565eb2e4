import { claimTitle } from '../connected-apps/http.ts';
import { page } from '../http/pages/page.ts';
import type { ReadsOfApp, ReadsOfClaim } from '../ledger/index.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { exportOf, type ReadExport } from './history-views.ts';

/** One app, or one claim, with its number of reads. */
export interface CountedReads {
  /** An app's name, or the title of a claim. */
  readonly name: string;
  /** The address of the list of these reads. */
  readonly href: string;
  readonly reads: number;
  readonly lastAt: Date;
  /** The claims that the app read, or the apps that read the claim. */
  readonly others: readonly string[];
}

export interface CountedReadsModel {
  readonly from: Date;
  readonly rows: readonly CountedReads[];
  readonly files: ReadExport;
}

export const readsByAppPage = page<CountedReadsModel>('activity/reads-by-app.njk');
export const readsByValuePage = page<CountedReadsModel>('activity/reads-by-value.njk');

interface ReadsContext {
  readonly from: Date;
  readonly claims: ClaimCatalogue;
  /** Client id -> name. */
  readonly appNames: ReadonlyMap<string, string>;
  readonly locale: string;
}

export function presentReadsByApp(
  input: ReadsContext & { readonly apps: readonly ReadsOfApp[] },
): CountedReadsModel {
  const { apps, from, appNames, claims, locale } = input;
  return {
    from,
    files: exportOf({}),
    rows: apps.map(({ clientId, reads, lastAt, claims: read }) => ({
      name: appNames.get(clientId) ?? clientId,
      href: `/account/history?app=${encodeURIComponent(clientId)}`,
      reads,
      lastAt,
      others: read.map((claim) => claimTitle(claims, claim, locale)),
    })),
  };
}

export function presentReadsByValue(
  input: ReadsContext & { readonly values: readonly ReadsOfClaim[] },
): CountedReadsModel {
  const { values, from, appNames, claims, locale } = input;
  return {
    from,
    files: exportOf({}),
    rows: values.map(({ claim, reads, lastAt, clientIds }) => ({
      name: claimTitle(claims, claim, locale),
      href: `/account/history?claim=${encodeURIComponent(claim)}`,
      reads,
      lastAt,
      others: clientIds.map((clientId) => appNames.get(clientId) ?? clientId),
    })),
  };
}
