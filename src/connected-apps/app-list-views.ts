import { page } from '../http/pages/page.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import type { ConnectedAppSummary } from './app-summary.ts';
import type { FormerAppSummary } from './list-connected-apps.ts';

/** The maximum time that a withdrawal takes, and the last measured time on the slowest node in milliseconds. */
export interface EndingTime {
  readonly boundSeconds: number;
  readonly lastMilliseconds: number | null;
  readonly measuredAt: Date | null;
}

export const connectedAppsPage =
  page<ReturnType<typeof presentConnectedApps>>('connected-apps/apps.njk');

interface ListInput {
  readonly apps: readonly ConnectedAppSummary[];
  readonly former: readonly FormerAppSummary[];
  readonly claims: ClaimCatalogue;
  readonly locale: string;
  readonly query: string;
  /** A year has passed since the person's last review. */
  readonly isCheckUpDue: boolean;
  readonly ending: EndingTime;
}

/** The connected apps that fit the search, and the apps whose access has ended. */
export function presentConnectedApps(input: ListInput) {
  const { apps, former, query, isCheckUpDue, ending } = input;
  const fits = fitting(query);
  return {
    query,
    isCheckUpDue,
    ending,
    /** Number of apps without the search. */
    total: apps.length,
    apps: apps.map((app) => presentRow(app, input)).filter(fits),
    former: former
      .map(({ clientId, name, logo, clientUri, endedAt }) => {
        return { name, logo, host: hostOf(clientUri), href: appHref(clientId), endedAt };
      })
      .filter(fits),
  };
}

/** The path of the page about one app. */
export function appHref(clientId: string): SitePath {
  return sitePath`/account/apps/${clientId}`;
}

/** A claim in the sentence about the values that an app can read: "one e-mail address". */
export interface SeenClaim {
  readonly claim: string;
  readonly title: string;
  readonly isOneOfSeveral: boolean;
}

function presentRow(app: ConnectedAppSummary, { claims, locale }: ListInput) {
  const { clientId, name, logo, isVerified, clientUri, since, lastReadAt, suspendedAt } = app;
  return {
    name,
    logo,
    isVerified,
    host: hostOf(clientUri),
    href: appHref(clientId),
    endHref: sitePath`/account/apps/${clientId}/end`,
    since,
    lastReadAt,
    suspendedAt,
    seen: app.seen.map(({ claim, isOneOfSeveral }): SeenClaim => {
      return { claim, title: claims.titleOf(claim, locale), isOneOfSeveral };
    }),
    lasting: app.lasting,
  };
}

function hostOf(address: string | null): string {
  return URL.parse(address ?? '')?.host ?? '';
}

function fitting(query: string) {
  const wanted = query.trim().toLocaleLowerCase();
  return ({ name, host }: { readonly name: string; readonly host: string }): boolean =>
    `${name} ${host}`.toLocaleLowerCase().includes(wanted);
}
