/** Text that may be stored, or the stable error code. */
export type CleanText = { readonly text: string } | { readonly code: string };

// Control characters, lone surrogates, private use, line separators, the sign for an unreadable character, and all characters that
// show nothing or reorder text (Unicode TR 36): a name must look the same on pages, in apps and in logs. Joiners and
// variation selectors stay, because some scripts and emoji need them.
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\uFFF9-\uFFFD\u{E0000}-\u{E0FFF}]|(?![\p{Join_Control}\p{Variation_Selector}])\p{Default_Ignorable_Code_Point}/u;
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu');
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
const SEPARATE_MARKS = /^\p{M}/u;
// More combining marks on one letter than any written language uses ("Zalgo" text).
const STACKED_MARKS = /\p{M}{5}/u;

/**
 * One line: trimmed, NFC, runs of spaces as one. Refused: empty text, more than `maxLength` characters, control characters
 * and other invisible ones, and marks stacked on one letter.
 */
export function cleanLine(raw: string, maxLength: number): CleanText {
  // Checked before all work that depends on the length of the text.
  if (raw.length > 4 * maxLength + 100) return { code: 'value_too_long' };
  if (HIDDEN.test(raw.trim())) return { code: 'value_has_hidden_characters' };
  const text = tidyLine(raw);
  if (text === '') return { code: 'value_required' };
  if ([...text].length > maxLength) return { code: 'value_too_long' };
  if (!VISIBLE.test(text) || SEPARATE_MARKS.test(text) || STACKED_MARKS.test(text)) {
    return { code: 'value_has_hidden_characters' };
  }
  return { text };
}

/** One line in its stored form: trimmed, NFC, runs of spaces as one. */
export function tidyLine(raw: string): string {
  return raw
    .normalize('NFC')
    .replace(/[\p{Zs}\t]+/gu, ' ')
    .trim();
}

/** The fault of a line that {@link cleanLine} refuses, by its name in `codes`; null for a good or empty one. */
export function lineProblem(
  raw: string,
  {
    maxLength,
    ...codes
  }: { readonly maxLength: number; readonly tooLong: string; readonly hidden: string },
): string | null {
  const cleaned = cleanLine(raw, maxLength);
  if ('text' in cleaned || cleaned.code === 'value_required') return null;
  return cleaned.code === 'value_too_long' ? codes.tooLong : codes.hidden;
}

/** Several lines, each as {@link cleanLine}; empty ones are left out. */
export function cleanLines(raw: string, maxLength: number): CleanText {
  if (raw.length > 4 * maxLength + 100) return { code: 'value_too_long' };
  const lines: string[] = [];
  for (const line of raw.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    const cleaned = cleanLine(line, maxLength);
    if ('code' in cleaned) return cleaned;
    lines.push(cleaned.text);
  }
  const text = lines.join('\n');
  if (text === '') return { code: 'value_required' };
  return [...text].length > maxLength ? { code: 'value_too_long' } : { text };
}

/** The text with a space for each character that {@link cleanLine} refuses. */
export function withoutHidden(text: string): string {
  return text.replaceAll(ALL_HIDDEN, ' ');
}

// Letters of other scripts, and digits, that look like Latin ones in lower or in upper case; "I" and "l" are alike as well.
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  'аa вb еe кk мm нh оo рp сc тt уy хx іl ѕs јj ԁd ԛq ԝw αa βb εe ζz ηh ιl κk μm νn οo ρp τt υy χx 0o 1l il ıl'
    .split(' ')
    .map((pair) => [pair.charAt(0), pair.charAt(1)]),
);

/** One spelling for all texts that look the same: those that differ in case, width or look-alike letters only are one. */
export function foldLookAlikes(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC');
  return [...folded].map((letter) => LOOK_ALIKES.get(letter) ?? letter).join('');
}

/** A full https address without a user name or password in it, in its plain form (WHATWG URL); else the code `url_invalid`. */
export function checkUrl(text: string): CleanText {
  const url = URL.parse(text);
  const isGood = url?.protocol === 'https:' && url.username === '' && url.password === '';
  return isGood ? { text: url.href } : { code: 'url_invalid' };
}

/** Is this a day of the Gregorian calendar as `YYYY-MM-DD` (RFC 3339 full-date)? */
export function isCalendarDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}
