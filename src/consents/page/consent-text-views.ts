import type { Locale, Translator } from '../../http/pages/i18n.ts';
import { writeConsentText, type ConsentText, type ConsentTextLine } from '../../receipts/index.ts';
import { isPaused } from '../entitlement.ts';
import { presentConsent, type ConsentItemView, type ConsentPageModel } from './consent-views.ts';
import type { ConsentPrompt } from './consent-prompt.ts';

/** Finds the words that the pages show. */
export type Words = Pick<Translator, 'translate'>;

export interface Reader {
  readonly words: Words;
  readonly locale: string;
}

const CONSENT_PAGE_VERSION = 2;

type Say = (key: string | readonly string[], values?: Readonly<Record<string, unknown>>) => string;

/** The text of the consent page for a prompt, in its order, without the person's values and choices. */
function consentPageText(prompt: ConsentPrompt, reader: Reader): ConsentText {
  const place = { action: '', switchHref: '', redirectHost: '' };
  const model = presentConsent(prompt, place);
  const say = sayIn(reader);
  const app = prompt.app.name;
  const { isChange, isOffline, notShared } = model;
  return {
    page: 'consent',
    pageVersion: CONSENT_PAGE_VERSION,
    locale: reader.locale,
    app,
    lines: [
      ...(prompt.app.isVerified
        ? []
        : [line('note', say('consents:consent.unverified.title', { app }))]),
      line('heading', say(`consents:consent.${isChange ? 'changed' : 'title'}`, { app })),
      ...(isPaused(model) ? [line('note', say('consents:consent.paused.title', { app }))] : []),
      ...itemSections(model, say),
      ...permissionSection(model, say),
      ...droppedSection(model, say),
      ...earlierSection(model, say),
      ...(isOffline ? [line('note', say('consents:consent.offline', { app }))] : []),
      ...section(
        say('consents:consent.notShared.title', { app }),
        notShared.map((what) => line('note', say(`consents:consent.notShared.${what}`))),
      ),
    ],
  };
}

/**
 * The prompt as one page shows it: its version also names the words, so that a form made from other words (another
 * language, a new name of the app) is refused, and a receipt never names a text that was not on the page.
 */
export function promptAsShown(
  prompt: ConsentPrompt,
  reader: Reader,
): { readonly prompt: ConsentPrompt; readonly text: ConsentText } {
  const text = consentPageText(prompt, reader);
  const hash = writeConsentText(text).hash.toString('base64url');
  return { prompt: { ...prompt, version: `${prompt.version}.${hash}` }, text };
}

function itemSections(model: ConsentPageModel, say: Say): ConsentTextLine[] {
  const { items, app, isChange, canKeep, permissions, earlierItems, earlierPermissions } = model;
  const all = [...items, ...permissions, ...earlierItems, ...earlierPermissions];
  if (all.length === 0)
    return [line('note', say('consents:consent.onlySignIn', { app: app.name }))];
  const words = (kind: 'needed' | 'optional') =>
    say(`consents:consent.${kind}.${isChange ? 'new' : 'title'}`, { app: app.name });
  const needed = items.filter(({ isEssential }) => isEssential);
  const optional = items.filter(({ isEssential }) => !isEssential);
  const explained = (
    kind: 'needed.text' | 'needed.textNew' | 'optional.text',
    shown: readonly ConsentItemView[],
  ) =>
    shown.length === 0
      ? []
      : [
          line('note', say(`consents:consent.${kind}`, { app: app.name })),
          ...shown.flatMap((item) => itemLines(item, say)),
        ];
  return [
    ...section(
      words('needed'),
      explained(isChange && canKeep ? 'needed.textNew' : 'needed.text', needed),
    ),
    ...section(words('optional'), explained('optional.text', optional)),
  ];
}

function itemLines(item: ConsentItemView, say: Say): ConsentTextLine[] {
  const { claim, title, choices, purpose, earlierPurpose, within } = item;
  const keys = [
    `consents:claim.${claim}${choices.length > 1 ? '_many' : '_one'}`,
    `consents:claim.${claim}`,
    'consents:claim.other',
  ];
  return [
    line('item', say(keys, { title })),
    ...purposeLines(purpose, say),
    ...(within === null ? [] : [line('note', say('consents:consent.within', { ...within }))]),
    ...(earlierPurpose === null
      ? []
      : [line('note', say('consents:consent.earlierPurpose', { purpose: earlierPurpose }))]),
  ];
}

function permissionSection({ permissions, app, isChange }: ConsentPageModel, say: Say) {
  const key = `consents:consent.permissions.${isChange ? 'new' : 'title'}`;
  const lines = permissions.flatMap(({ title, description }) => [
    line('permission', title),
    ...(description === '' ? [] : [line('note', description)]),
  ]);
  return section(say(key, { app: app.name }), lines);
}

function droppedSection({ dropped, app }: ConsentPageModel, say: Say): ConsentTextLine[] {
  return section(
    say('consents:consent.dropped.title', { app: app.name }),
    dropped.map((title) => line('note', title)),
  );
}

/** Shown folded, only to be read. */
function earlierSection(model: ConsentPageModel, say: Say): ConsentTextLine[] {
  const { earlierItems, earlierPermissions, isChange } = model;
  if (!isChange) return [];
  return section(say('consents:consent.earlier'), [
    ...earlierItems.map(({ title }) => line('item', title)),
    ...earlierPermissions.map(({ title }) => line('permission', title)),
  ]);
}

/** A heading is only on the page when something stands below it. */
function section(heading: string, lines: readonly ConsentTextLine[]): ConsentTextLine[] {
  return lines.length === 0 ? [] : [line('heading', heading), ...lines];
}

function purposeLines(purpose: string | null, say: Say): ConsentTextLine[] {
  return purpose === null ? [] : [line('purpose', say('consents:consent.purpose', { purpose }))];
}

function sayIn({ words, locale }: Reader): Say {
  return (key, values = {}) =>
    words.translate({ locale: locale as Locale, namespace: 'consents', key, values });
}

function line(role: ConsentTextLine['role'], text: string): ConsentTextLine {
  return { role, text };
}
