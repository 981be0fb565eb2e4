import { page } from '../http/pages/page.ts';
import type { ReadsOfApp, ReadsOfClaim } from '../ledger/index.ts';
import { claimTitle } from '../connected-apps/consent-event-views.ts';
import { exportOf, type ReadExport } from './history-views.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';

/** One app, or one kind of value, with how often. */
export interface CountedReads {
  /** An app's name, or the title of a claim. */
  readonly name: string;
  /** Where each of these reads is listed. */
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

const sample: CountedReadsModel = {
  from: new Date('2025-11-20T00:00:00Z'),
  rows: [
    {
      name: 'Bookshop',
      href: '/account/history?app=bookshop',
      reads: 1_234,
      lastAt: new Date('2026-11-20T09:00:00Z'),
      others: ['Full name', 'E-mail', 'Address'],
    },
    {
      name: 'An app whose makers gave it a rather long name indeed',
      href: '/account/history?app=x',
      reads: 1,
      lastAt: new Date('2026-01-20T09:00:00Z'),
      others: ['Full name'],
    },
  ],
  files: { csv: '/x.csv', json: '/x.json' },
};

export const readsByAppPage = page<CountedReadsModel>('consents/reads-by-app.njk', sample);
export const readsByValuePage = page<CountedReadsModel>('consents/reads-by-value.njk', sample);

interface Words {
  readonly from: Date;
  readonly claims: ClaimCatalogue;
  /** Client id -> name. */
  readonly appNames: ReadonlyMap<string, string>;
  readonly locale: string;
}

export function presentReadsByApp(
  parts: Words & { readonly apps: readonly ReadsOfApp[] },
): CountedReadsModel {
  const { apps, from, appNames, claims, locale } = parts;
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
  parts: Words & { readonly values: readonly ReadsOfClaim[] },
): CountedReadsModel {
  const { values, from, appNames, claims, locale } = parts;
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
