/** Text that may be stored, or the stable error code. */
export type CleanText = { readonly text: string } | { readonly code: string };

// Control characters, lone surrogates, private use, line separators, and the invisible characters that reorder or hide text
// (Unicode TR 36): a name must look the same on pages, in apps and in logs.
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFC\u{E0000}-\u{E0FFF}]/u;
const SEPARATE_MARKS = /^\p{M}/u;
// More combining marks on one letter than any written language uses ("Zalgo" text).
const STACKED_MARKS = /\p{M}{5}/u;

/**
 * One line: trimmed, NFC, runs of spaces as one. Refused: empty text, more than `maxLength` characters, control characters
 * and other invisible ones (zero-width joiners stay, because some scripts and emoji need them).
 */
export function cleanLine(raw: string, maxLength: number): CleanText {
  // Checked before all work that depends on the length of the text.
  if (raw.length > 4 * maxLength + 100) return { code: 'value_too_long' };
  if (HIDDEN.test(raw.trim())) return { code: 'value_has_hidden_characters' };
  const text = raw
    .normalize('NFC')
    .replace(/[\p{Zs}\t]+/gu, ' ')
    .trim();
  if (text === '') return { code: 'value_required' };
  if ([...text].length > maxLength) return { code: 'value_too_long' };
  if (SEPARATE_MARKS.test(text) || STACKED_MARKS.test(text)) {
    return { code: 'value_has_hidden_characters' };
  }
  return { text };
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
