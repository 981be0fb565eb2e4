import { page } from '../http/pages/page.ts';
import type { FormErrors, FormValues } from '../http/routing/page-route.ts';
import type { Duration } from '../clients/index.ts';
import { presentPreview, type ChoiceView } from '../consents/http.ts';
import { REFUSE, type ConsentEvent } from '../consents/index.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { valueLines } from '../vault/index.ts';
import type { ConnectedApp, ConnectedAppSummary, ConnectedItem } from './connected-app.ts';
import { presentConsentEvent } from './consent-event-views.ts';

/** The maximum time that a withdrawal takes, and the last measured time on the slowest node in milliseconds. */
export interface EndingTime {
  readonly boundSeconds: number;
  readonly lastMilliseconds: number | null;
  readonly measuredAt: Date | null;
}

/** All connected apps. */
export interface ConnectedAppsModel {
  readonly query: string;
  /** A year has passed since the person's last review. */
  readonly isCheckUpDue: boolean;
  readonly ending: EndingTime;
  /** Number of apps without the search. */
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
  /** The value that the app can read, one entry per line; empty when it can read none. */
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
export type ConnectedAppModel = ReturnType<typeof presentConnectedApp>;

/** Before access is ended. */
export interface EndAppModel {
  readonly app: Pick<ConnectedApp, 'clientId' | 'name'>;
  readonly action: string;
  readonly backHref: string;
}

export const connectedAppsPage = page<ConnectedAppsModel>('connected-apps/apps.njk');
export const connectedAppPage = page<ConnectedAppModel>('connected-apps/app.njk');
export const endAppPage = page<EndAppModel>('connected-apps/end.njk');

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

/** The form about one claim that was refused, with its errors. */
export interface RefusedForm {
  readonly claim: string;
  readonly formErrors: FormErrors;
  readonly formValues: FormValues;
}

interface AppInput {
  readonly app: ConnectedApp;
  readonly preview: Parameters<typeof presentPreview>[0];
  readonly events: readonly ConsentEvent[];
  readonly claims: ClaimCatalogue;
  readonly locale: string;
  readonly refused: RefusedForm | null;
}

export function presentConnectedApp(input: AppInput) {
  const { app, preview, events, claims, locale } = input;
  const { clientId, name, isVerified, clientUri, contact, policyUri, since, lastReadAt } = app;
  const { suspendedAt, suspendedFor, permissions, isOffline } = app;
  const items = app.items.map((item) => presentItem(input, item));
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
    permissions,
    isOffline,
    resumeAction: `${appHref(clientId)}/resume`,
    preview: presentPreview(preview),
    events: events.map((event) => presentConsentEvent(event, { locale, appName: name, claims })),
    historyHref: `/account/history?app=${encodeURIComponent(clientId)}`,
    endHref: `${appHref(clientId)}/end`,
  };
}

export function presentEndApp(app: Pick<ConnectedApp, 'clientId' | 'name'>): EndAppModel {
  const href = appHref(app.clientId);
  return { app, action: `${href}/end`, backHref: href };
}

export function appHref(clientId: string): SitePath {
  return sitePath`/account/apps/${clientId}`;
}

function presentItem({ app, refused, locale }: AppInput, item: ConnectedItem): ConnectedItemView {
  const { claim, title, icon, state, purpose, isEssential, expiresAt, lastReadAt, durations } =
    item;
  const failure = refused?.claim === claim ? refused : undefined;
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
