import { page } from '../http/pages/page.ts';
import type { FormErrors, FormValues } from '../http/routing/page-route.ts';
import { presentPreview, type ChoiceView } from '../consents/http.ts';
import { REFUSE, type ConsentEvent } from '../consents/index.ts';
import { sitePath, type SitePath } from '../http/pages/site-path.ts';
import { writePageText, type Reader } from '../receipts/http.ts';
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

/** One claim on the page of a connected app. */
export type ConnectedItemView = ReturnType<typeof presentItem>;

export const connectedAppsPage =
  page<ReturnType<typeof presentConnectedApps>>('connected-apps/apps.njk');
export const connectedAppPage =
  page<ReturnType<typeof presentConnectedApp>>('connected-apps/app.njk');
export const endAppPage = page<ReturnType<typeof presentEndApp>['model']>('connected-apps/end.njk');

export function presentConnectedApps(
  apps: readonly ConnectedAppSummary[],
  input: {
    readonly query: string;
    /** A year has passed since the person's last review. */
    readonly isCheckUpDue: boolean;
    readonly ending: EndingTime;
  },
) {
  const wanted = input.query.trim().toLocaleLowerCase();
  const rows = apps.map((app) => ({
    ...app,
    host: URL.parse(app.clientUri ?? '')?.host ?? '',
    href: appHref(app.clientId),
  }));
  return {
    ...input,
    /** Number of apps without the search. */
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
  readonly reader: Reader;
  readonly refused: RefusedForm | null;
}

export function presentConnectedApp(input: AppInput) {
  const { app, preview, events, claims, reader } = input;
  const { locale } = reader;
  const { clientId, name, logo, isVerified, clientUri, contact, policyUri, since, lastReadAt } =
    app;
  const { suspendedAt, suspendedFor, permissions, isOffline } = app;
  const items = app.items.map((item) => presentItem(input, item));
  return {
    app: {
      clientId,
      name,
      logo,
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

/** The page on which access is ended, and the text that its receipt stores. */
export function presentEndApp(app: Pick<ConnectedApp, 'clientId' | 'name'>, reader: Reader) {
  const href = appHref(app.clientId);
  const { text, say } = writePageText('end', reader, app.name);
  const model = {
    app,
    title: say('heading', 'connected-apps:end.title'),
    consequences: [
      say('note', 'connected-apps:end.signedOut'),
      say('note', 'connected-apps:end.askAgain'),
    ],
    stays: [say('note', 'connected-apps:end.keeps'), say('note', 'connected-apps:end.history')],
    action: `${href}/end`,
    backHref: href,
  };
  return { model, text };
}

/** The sentences about one claim of a connected app, and the text that the receipt of its change stores. */
export function presentItemText(
  { title, purpose }: Pick<ConnectedItem, 'title' | 'purpose'>,
  app: string,
  reader: Reader,
) {
  const { text, say, quote } = writePageText('change', reader, app);
  quote('heading', app);
  return {
    title: quote('item', title),
    purpose: purpose === null ? null : say('purpose', 'consents:consent.purpose', { purpose }),
    text,
  };
}

export function appHref(clientId: string): SitePath {
  return sitePath`/account/apps/${clientId}`;
}

function presentItem({ app, refused, reader }: AppInput, item: ConnectedItem) {
  const { claim, icon, state, isEssential, expiresAt, lastReadAt, durations } = item;
  const { title, purpose } = presentItemText(item, app.name, reader);
  const failure = refused?.claim === claim ? refused : undefined;
  const chosen = failure?.formValues['choice'];
  const duration = durations.find((known) => known === item.duration) ?? durations.at(-1) ?? 'once';
  return {
    claim,
    title,
    icon,
    state,
    /** The value that the app can read, one entry per line; empty when it can read none. */
    ...presentValue(item, reader.locale),
    purpose,
    isEssential,
    expiresAt,
    isOnce: item.duration === 'once',
    lastReadAt,
    choices: item.options.map((option): ChoiceView => ({
      value: option.id,
      label: valueLines(option.value, item.definition, reader.locale).join(', '),
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
  const isShared = attribute !== null && state === 'shared';
  const lines = isShared ? valueLines(attribute.value, definition, locale) : [];
  return { lines, label: attribute?.label ?? '', isVerified: attribute?.isVerified ?? false };
}

function selectedOf({ attributeId, options, isEssential }: ConnectedItem): string {
  const known = options.find(({ id }) => id === attributeId);
  if (known !== undefined) return known.id;
  return isEssential ? '' : REFUSE;
}
