import { page } from '../http/pages/page.ts';
import type { FormErrors, FormValues } from '../http/routing/page-route.ts';
import type { Duration } from '../clients/index.ts';
import type {
  ConnectedApp,
  ConnectedAppSummary,
  ConnectedItem,
  ConnectedPermission,
} from './connected-app.ts';
import { connectedAppSample, connectedAppsSample, endAppSample } from './connected-app-sample.ts';
import type { ChoiceView } from '../consents/page/consent-views.ts';
import { presentConsentEvent, type ConsentEventView } from './consent-event-views.ts';
import type { ConsentEvent } from '../consents/consent.ts';
import { valueLines } from '../vault/index.ts';
import { REFUSE } from '../consents/page/consent-prompt.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';

/** All connected apps. */
/** The bound of the time that a withdrawal takes, and the last measured time on the slowest node; milliseconds. */
export interface EndingTime {
  readonly boundSeconds: number;
  readonly lastMilliseconds: number | null;
  readonly measuredAt: Date | null;
}

export interface ConnectedAppsModel {
  readonly query: string;
  /** A year has passed since the person looked everything through. */
  readonly isCheckUpDue: boolean;
  /** How soon an end takes effect everywhere. */
  readonly ending: EndingTime;
  /** How many there are without the search. */
  readonly total: number;
  readonly apps: readonly (ConnectedAppSummary & {
    readonly host: string;
    readonly href: string;
  })[];
}

/** One claim on the page of a connected app. */
export interface ConnectedItemView {
  readonly claim: string;
  readonly title: string;
  readonly icon: string;
  readonly state: ConnectedItem['state'];
  /** The value that the app can read, line by line; empty when it can read none. */
  readonly lines: readonly string[];
  readonly label: string;
  readonly isVerified: boolean;
  readonly purpose: string | null;
  readonly isEssential: boolean;
  readonly expiresAt: Date | null;
  readonly isOnce: boolean;
  readonly lastReadAt: Date | null;
  readonly choices: readonly ChoiceView[];
  readonly selected: string;
  readonly durations: readonly Duration[];
  readonly selectedDuration: Duration;
  readonly action: string;
  readonly error: string | null;
}

/** One connected app. */
export interface ConnectedAppModel {
  readonly app: Pick<
    ConnectedApp,
    | 'clientId'
    | 'name'
    | 'isVerified'
    | 'clientUri'
    | 'contact'
    | 'policyUri'
    | 'since'
    | 'lastReadAt'
    | 'suspendedAt'
    | 'suspendedFor'
  >;
  readonly items: readonly ConnectedItemView[];
  readonly notShared: readonly ConnectedItemView[];
  readonly permissions: readonly ConnectedPermission[];
  readonly isOffline: boolean;
  readonly resumeAction: string;
  /** The exact present answer to the app, as JSON; null: it is refused. */
  readonly preview: { readonly userinfo: string | null; readonly idToken: string | null };
  readonly events: readonly ConsentEventView[];
  readonly historyHref: string;
  readonly endHref: string;
}

/** Before access is ended. */
export interface EndAppModel {
  readonly app: Pick<ConnectedApp, 'clientId' | 'name'>;
  readonly action: string;
  readonly backHref: string;
}

export const connectedAppsPage = page<ConnectedAppsModel>('consents/apps.njk', connectedAppsSample);
export const connectedAppPage = page<ConnectedAppModel>('consents/app.njk', connectedAppSample);
export const endAppPage = page<EndAppModel>('consents/end.njk', endAppSample);

export function presentConnectedApps(
  apps: readonly ConnectedAppSummary[],
  { query, isCheckUpDue, ending }: Pick<ConnectedAppsModel, 'query' | 'isCheckUpDue' | 'ending'>,
): ConnectedAppsModel {
  const wanted = query.trim().toLocaleLowerCase();
  const rows = apps.map((app) => ({
    ...app,
    host: URL.parse(app.clientUri ?? '')?.host ?? '',
    href: appHref(app.clientId),
  }));
  return {
    query,
    isCheckUpDue,
    ending,
    total: apps.length,
    apps: rows.filter(({ name, host }) => `${name} ${host}`.toLocaleLowerCase().includes(wanted)),
  };
}

export interface ConnectedAppParts {
  readonly app: ConnectedApp;
  readonly preview: { readonly userinfo: object | null; readonly idToken: object | null };
  readonly events: readonly ConsentEvent[];
  readonly claims: ClaimCatalogue;
  readonly locale: string;
  /** The claim whose form was refused, with its errors. */
  readonly failed?: {
    readonly claim: string;
    readonly formErrors: FormErrors;
    readonly formValues: FormValues;
  };
}

export function presentConnectedApp(parts: ConnectedAppParts): ConnectedAppModel {
  const { app, preview, events, claims, locale } = parts;
  const { clientId, name, isVerified, clientUri, contact, policyUri, since, lastReadAt } = app;
  const { suspendedAt, suspendedFor } = app;
  const items = app.items.map((item) => presentItem(parts, item));
  return {
    app: {
      clientId,
      name,
      isVerified,
      clientUri,
      contact,
      policyUri,
      since,
      lastReadAt,
      suspendedAt,
      suspendedFor,
    },
    items: items.filter(({ state }) => state === 'shared'),
    notShared: items.filter(({ state }) => state !== 'shared'),
    permissions: app.permissions,
    isOffline: app.isOffline,
    resumeAction: `${appHref(clientId)}/resume`,
    preview: presentPreview(preview),
    events: events.map((event) => presentConsentEvent(event, { locale, appName: name, claims })),
    historyHref: `/account/history?app=${encodeURIComponent(clientId)}`,
    endHref: `${appHref(clientId)}/end`,
  };
}

/** Answers as a person reads them. */
export function presentPreview({
  userinfo,
  idToken,
}: ConnectedAppParts['preview']): ConnectedAppModel['preview'] {
  const written = (answer: object | null) =>
    answer === null ? null : JSON.stringify(answer, null, 2);
  return { userinfo: written(userinfo), idToken: written(idToken) };
}

export function presentEndApp(app: Pick<ConnectedApp, 'clientId' | 'name'>): EndAppModel {
  const href = appHref(app.clientId);
  return { app, action: `${href}/end`, backHref: href };
}

export function appHref(clientId: string): SitePath {
  return sitePath`/account/apps/${clientId}`;
}

function presentItem(
  { app, failed, locale }: ConnectedAppParts,
  item: ConnectedItem,
): ConnectedItemView {
  const { claim, title, icon, state, purpose, isEssential, expiresAt, lastReadAt, durations } =
    item;
  const failure = failed?.claim === claim ? failed : undefined;
  const chosen = failure?.formValues['choice'];
  const duration = durations.find((known) => known === item.duration) ?? durations.at(-1) ?? 'once';
  return {
    claim,
    title,
    icon,
    state,
    ...presentValue(item, locale),
    purpose,
    isEssential,
    expiresAt,
    isOnce: item.duration === 'once',
    lastReadAt,
    choices: item.options.map((option) => ({
      value: option.id,
      label: valueLines(option.value, item.definition, locale).join(', '),
      note: option.label ?? '',
      isVerified: option.isVerified,
    })),
    selected: typeof chosen === 'string' ? chosen : selectedOf(item),
    durations,
    selectedDuration: duration,
    action: `${appHref(app.clientId)}/items/${encodeURIComponent(claim)}`,
    error: failure === undefined ? null : (Object.values(failure.formErrors)[0] ?? null),
  };
}

function presentValue({ state, attribute, definition }: ConnectedItem, locale: string) {
  if (attribute === null) return { lines: [], label: '', isVerified: false };
  const { value, label, isVerified } = attribute;
  const lines = state === 'shared' ? valueLines(value, definition, locale) : [];
  return { lines, label: label ?? '', isVerified };
}

function selectedOf({ attributeId, options, isEssential }: ConnectedItem): string {
  const known = options.find(({ id }) => id === attributeId);
  if (known !== undefined) return known.id;
  return isEssential ? '' : REFUSE;
}
