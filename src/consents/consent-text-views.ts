import type { Locale, Translator } from '../http/i18n.ts';
import { writeConsentText, type ConsentText, type ConsentTextLine } from './consent-text.ts';
import {
  presentConsent,
  type ConsentItemView,
  type ConsentPageModel,
  type PermissionView,
} from './consent-views.ts';
import type { ConsentQuestion } from './question.ts';

/** Finds the words that the pages show. */
export type Words = Pick<Translator, 'translate'>;

export interface Reader {
  readonly words: Words;
  readonly locale: string;
}

const CONSENT_PAGE_VERSION = 1;
const CHANGE_PAGE_VERSION = 1;
const END_PAGE_VERSION = 1;

type Say = (key: string | readonly string[], values?: Readonly<Record<string, unknown>>) => string;

/** What the consent page says about a question, without the person's values and choices. */
function consentPageText(question: ConsentQuestion, reader: Reader): ConsentText {
  const place = { action: '', switchHref: '', redirectHost: '' };
  const model = presentConsent(question, place);
  const say = sayIn(reader);
  const app = question.app.name;
  const heading = say(`consents:consent.${model.isChange ? 'changed' : 'title'}`, { app });
  return {
    page: 'consent',
    pageVersion: CONSENT_PAGE_VERSION,
    locale: reader.locale,
    app,
    lines: [
      line('heading', heading),
      ...itemSections(model, say),
      ...permissionLines([...model.permissions, ...model.earlierPermissions]),
      ...(model.isOffline ? [line('note', say('consents:consent.offline', { app }))] : []),
      ...model.notShared.map((what) => line('note', say(`consents:consent.notShared.${what}`))),
    ],
  };
}

/**
 * The question as one page shows it: its version also names the words, so that a form made from other words (another
 * language, a new name of the app) is refused, and a receipt never names a text that was not on the page.
 */
export function questionAsShown(
  question: ConsentQuestion,
  reader: Reader,
): { readonly question: ConsentQuestion; readonly text: ConsentText } {
  const text = consentPageText(question, reader);
  const hash = writeConsentText(text).hash.toString('base64url');
  return { question: { ...question, version: `${question.version}.${hash}` }, text };
}

/** What the page of a connected app says where one answer is changed. */
export function changeItemText(
  item: {
    readonly title: string;
    readonly purpose: string | null;
    readonly appName: string;
  },
  reader: Reader,
): ConsentText {
  const { title, purpose, appName } = item;
  const say = sayIn(reader);
  return {
    page: 'change',
    pageVersion: CHANGE_PAGE_VERSION,
    locale: reader.locale,
    app: appName,
    lines: [line('heading', appName), line('item', title), ...purposeLines(purpose, say)],
  };
}

/** What the page says on which access is ended. */
export function endAppText(appName: string, reader: Reader): ConsentText {
  const say = sayIn(reader);
  const app = appName;
  return {
    page: 'end',
    pageVersion: END_PAGE_VERSION,
    locale: reader.locale,
    app,
    lines: [
      line('heading', say('consents:end.title', { app })),
      ...['signedOut', 'askAgain', 'keeps', 'history'].map((key) =>
        line('note', say(`consents:end.${key}`, { app })),
      ),
    ],
  };
}

function itemSections(model: ConsentPageModel, say: Say): ConsentTextLine[] {
  const { items, earlierItems, app, isChange } = model;
  const variant = isChange ? 'new' : 'title';
  const section = (kind: 'needed' | 'optional', shown: readonly ConsentItemView[]) =>
    shown.length === 0
      ? []
      : [
          line('heading', say(`consents:consent.${kind}.${variant}`, { app: app.name })),
          ...shown.flatMap((item) => itemLines(item, say)),
        ];
  return [
    ...section(
      'needed',
      items.filter(({ isEssential }) => isEssential),
    ),
    ...section(
      'optional',
      items.filter(({ isEssential }) => !isEssential),
    ),
    ...earlierItems.flatMap((item) => itemLines(item, say)),
  ];
}

function itemLines({ claim, title, choices, purpose }: ConsentItemView, say: Say) {
  const keys = [
    `consents:claim.${claim}${choices.length > 1 ? '_many' : '_one'}`,
    `consents:claim.${claim}`,
    'consents:claim.other',
  ];
  return [line('item', say(keys, { title })), ...purposeLines(purpose, say)];
}

function purposeLines(purpose: string | null, say: Say): ConsentTextLine[] {
  return purpose === null ? [] : [line('purpose', say('consents:consent.purpose', { purpose }))];
}

function permissionLines(permissions: readonly PermissionView[]): ConsentTextLine[] {
  return permissions.flatMap(({ title, description }) => [
    line('permission', title),
    ...(description === '' ? [] : [line('note', description)]),
  ]);
}

function sayIn({ words, locale }: Reader): Say {
  return (key, values = {}) =>
    words.translate({ locale: locale as Locale, namespace: 'consents', key, values });
}

function line(role: ConsentTextLine['role'], text: string): ConsentTextLine {
  return { role, text };
}
