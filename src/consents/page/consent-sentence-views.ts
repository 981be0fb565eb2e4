import { createFormats } from '../../platform/formats.ts';
import type { Reader } from '../../receipts/http.ts';
import { REFUSE } from '../consent-decision.ts';
import type { DurationView } from './consent-duration-views.ts';
import type { ConsentItemView } from './consent-item-views.ts';
import type { ConsentEntries, ConsentOccasion } from './consent-sections-views.ts';

interface SentenceInput extends Pick<ConsentEntries, 'items' | 'permissions'> {
  readonly occasion: ConsentOccasion;
  /** The page shows changes only; earlier decisions stay. */
  readonly isPartial: boolean;
  readonly duration: DurationView;
}

/** Values and permissions that the sentence names; the others are counted. */
const MOST_NAMED = 3;
/**
 * Characters of a name. A longer one is shortened, so that the answers stay visible; its row shows it whole. An address without
 * spaces keeps this many characters of its ending.
 */
const LONGEST_NAME = 40;
const LONGEST_ENDING = 12;
// Private-use characters mark the places that the script of the page fills.
const VALUES = '\u{e010}';
const LASTING = '\u{e011}';
const COUNT = '\u{e012}';

/**
 * The sentence above the buttons: the values that the app will see with the choices of the page, and for how long. `words` are its parts, from which the
 * script of the page writes it again after each change.
 */
export function presentSentence(input: SentenceInput, app: string, { words, locale }: Reader) {
  const { occasion, isPartial, duration, items, permissions } = input;
  const say = (key: string, values: object = {}): string =>
    words.translate({
      locale,
      namespace: 'consents',
      key: `sentence.${key}`,
      values: { app, ...values },
    });
  const marks = { values: VALUES, lasting: LASTING, titles: VALUES };
  const form = isPartial ? 'also' : 'sees';
  const nothing = isPartial ? 'nothingNew' : occasion === 'sign_in' ? 'onlyYou' : 'nothing';
  const parts = {
    sees: say(form, marks),
    nothing: say(nothing),
    allows: say('allows', marks),
    more: say('more', { count: COUNT }),
    lasting: {
      once: say('lasting.once'),
      '30_days': say('lasting.30_days'),
      '1_year': say('lasting.1_year'),
      until_withdrawn: say('lasting.until_withdrawn'),
      mixed: say('lasting.mixed'),
    },
  };
  const formats = createFormats({ locale, now: new Date(0) });
  const list = (all: readonly string[]): string => {
    const named = all.slice(0, MOST_NAMED).map(shorten);
    const left = all.length - named.length;
    return formats.list(left === 0 ? named : [...named, parts.more.replace(COUNT, String(left))]);
  };
  const shared = items.filter(({ selected }) => selected !== REFUSE);
  const ticked = permissions.filter(({ isTicked }) => isTicked).map(({ title }) => title);
  return {
    words: {
      ...parts,
      mostNamed: MOST_NAMED,
      longestName: LONGEST_NAME,
      longestEnding: LONGEST_ENDING,
    },
    neutral: say('neutral'),
    shared:
      shared.length === 0
        ? null
        : fill(parts.sees, {
            value: list(shared.map(nameOf)),
            lasting: parts.lasting[commonDuration(shared, duration)],
          }),
    nothing: parts.nothing,
    allowed: ticked.length === 0 ? null : fill(parts.allows, { value: list(ticked), lasting: '' }),
  };
}

/** A sentence around its value, which is printed in bold. */
function fill(sentence: string, { value, lasting }: { value: string; lasting: string }) {
  const [before = '', after = ''] = sentence.split(VALUES);
  return {
    before: before.replace(LASTING, lasting),
    value,
    after: after.replace(LASTING, lasting),
  };
}

function shorten(name: string): string {
  const signs = [...name];
  if (signs.length <= LONGEST_NAME) return name;
  const ending = name.includes(' ') ? [] : signs.slice(-LONGEST_ENDING);
  return [...signs.slice(0, LONGEST_NAME - 1 - ending.length), '…', ...ending].join('');
}

function nameOf({ choices, selected, title }: ConsentItemView): string {
  return choices.find(({ value }) => value === selected)?.label || title;
}

function commonDuration(shared: readonly ConsentItemView[], { rows }: DurationView) {
  const lasting = new Set(
    shared.map(({ claim }) => {
      const row = rows.find((known) => known.claim === claim);
      return row === undefined || row.own === '' ? row?.usual : row.own;
    }),
  );
  const [common] = lasting;
  return lasting.size === 1 && common !== undefined ? common : 'mixed';
}
