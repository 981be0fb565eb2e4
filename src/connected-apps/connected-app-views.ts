import { page } from '../http/pages/page.ts';
import type { FormErrors, FormValues } from '../http/routing/page-route.ts';
import { presentPreview, type ChoiceView } from '../consents/http.ts';
import { REFUSE, type ConsentEvent } from '../consents/index.ts';
import type { FoldedReads } from '../ledger/index.ts';
import { writePageText, type Reader } from '../receipts/http.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { addHref, confirmHref, forApp } from '../vault/http.ts';
import { valueLines } from '../vault/index.ts';
import { appHref, type SeenClaim } from './app-list-views.ts';
import type { ConnectedApp, ConnectedItem } from './connected-app.ts';
import { presentConsentEvent } from './consent-event-views.ts';
import { presentAnswer } from './answer-views.ts';
import type { PreviewAnswers } from './preview-answers.ts';

/** One claim on the page of a connected app. */
export type ConnectedItemView = ReturnType<typeof presentItem>;

export const connectedAppPage =
  page<ReturnType<typeof presentConnectedApp>>('connected-apps/app.njk');
export const endAppPage = page<ReturnType<typeof presentEndApp>['model']>('connected-apps/end.njk');

/** The form about one claim that was refused, with its errors. */
interface RefusedForm {
  readonly claim: string;
  readonly formErrors: FormErrors;
  readonly formValues: FormValues;
}

/** The forms that the page shows open. */
export interface OpenForms {
  readonly refused: RefusedForm | null;
  /** A claim of which the person has just added a value for this app; it is selected, and shared when the form is sent. */
  readonly offered: string | null;
}

interface AppInput extends OpenForms {
  readonly app: ConnectedApp;
  readonly preview: Awaited<ReturnType<PreviewAnswers>>;
  readonly reads: readonly FoldedReads[];
  readonly events: readonly ConsentEvent[];
  readonly claims: ClaimCatalogue;
  readonly reader: Reader;
}

const SHOWN_READS = 5;

/** Presents the page of a connected app. */
export function presentConnectedApp(input: AppInput) {
  const { app, preview, reads, events, claims, reader } = input;
  const { locale } = reader;
  const { clientId, name, logo, isVerified, clientUri, openUri, contact, policyUri } = app;
  const { since, lastReadAt, suspendedAt, suspendedFor, permissions, isOffline } = app;
  const items = app.items.map((item) => presentItem(input, item));
  return {
    app: {
      clientId,
      name,
      logo,
      isVerified,
      clientUri,
      openUri,
      contact,
      policyUri,
      since,
      lastReadAt,
      suspendedAt,
      suspendedFor,
    },
    items: items.filter(({ state }) => state === 'shared'),
    notShared: items.filter(({ state }) => state !== 'shared'),
    /** Claims that the app may request and has not requested so far. */
    notYetRequested: app.notYetRequested.map((claim): SeenClaim => {
      return { claim, title: claims.titleOf(claim, locale), isOneOfSeveral: false };
    }),
    permissions,
    isOffline,
    reads: reads.slice(0, SHOWN_READS).map((read) => ({
      at: read.at,
      count: read.count,
      channel: read.channel,
      titles: read.claims.map((claim) => claims.titleOf(claim, locale)),
    })),
    resumeAction: `${appHref(clientId)}/resume`,
    preview: presentPreview(preview),
    answer: presentAnswer(preview.userinfo, claims, locale),
    events: events.map((event) => presentConsentEvent(event, { locale, appName: name, claims })),
    historyHref: `/account/history?app=${encodeURIComponent(clientId)}`,
    receiptsHref: `/account/receipts?app=${encodeURIComponent(clientId)}`,
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

function presentItem({ app, refused, offered, reader }: AppInput, item: ConnectedItem) {
  const { claim, icon, isEssential, expiresAt, lastReadAt, durations } = item;
  const { title, purpose } = presentItemText(item, app.name, reader);
  const failure = refused?.claim === claim ? refused : undefined;
  const chosen = failure?.formValues['choice'];
  const isOffered = item.claim === offered && item.state !== 'shared' && item.options.length > 0;
  const duration = durations.find((known) => known === item.duration) ?? durations.at(-1) ?? 'once';
  return {
    claim,
    title,
    icon,
    state: isOffered ? ('added' as const) : stateOf(item),
    /** The page on which a value to share is added, or an address that was added before is confirmed. */
    addHref: forApp(
      item.unverified === null ? addHref(claim) : confirmHref(item.unverified),
      app.clientId,
    ),
    /** Its form is open. */
    isOpen: isOffered || failure !== undefined,
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
    selected: typeof chosen === 'string' ? chosen : selectedOf(item, isOffered),
    durations,
    selectedDuration: duration,
    action: `${appHref(app.clientId)}/items/${encodeURIComponent(claim)}`,
    error: failure === undefined ? null : (Object.values(failure.formErrors)[0] ?? null),
  };
}

/** The state of a decision, and for a refusal the reason why there was no choice. */
function stateOf({ state, options, unverified }: ConnectedItem) {
  if (state !== 'refused' || options.length > 0) return state;
  return unverified === null ? 'nothing' : 'unconfirmed';
}

function presentValue({ state, attribute, definition }: ConnectedItem, locale: string) {
  const isShared = attribute !== null && state === 'shared';
  const lines = isShared ? valueLines(attribute.value, definition, locale) : [];
  return { lines, label: attribute?.label ?? '', isVerified: attribute?.isVerified ?? false };
}

function selectedOf(
  { attributeId, options, isEssential }: ConnectedItem,
  isOffered: boolean,
): string {
  const known = options.find(({ id }) => id === attributeId);
  const offered = isOffered ? options[0] : undefined;
  return (known ?? offered)?.id ?? (isEssential ? '' : REFUSE);
}
