import { escapeHtml } from '../../platform/escape-html.ts';
import type { Formats } from '../../platform/formats.ts';

export type TimeStyle = 'date' | 'datetime' | 'relative' | 'time';

// Three characters of a private-use area: value and style, text, and the end.
const [START, MIDDLE, END] = ['\uE000', '\uE001', '\uE002'];
const MARK = `${START}(?<iso>[\\d:.TZ+-]+) (?<style>date|datetime|relative|time) (?<hint>[^${MIDDLE}<]*)${MIDDLE}(?<text>[^${END}<]*)${END}`;
/** Elements that contain text only, tags, and marks. */
const PIECES = new RegExp(
  `<(?<name>title|textarea|option|script|style)\\b[\\s\\S]*?</\\k<name>>|<[^>]*>|${MARK}`,
  'g',
);
const MARKS = new RegExp(MARK, 'g');

/**
 * A time as text for sentences and macros of templates. {@link withTimeElements} makes it a `<time>` element, or plain text where
 * an element cannot be: in attributes, options and titles.
 */
export function markTime(value: Date, style: TimeStyle, formats: Formats): string {
  const { date, dateTime: datetime, relative, time } = formats;
  const texts = { date, datetime, relative, time };
  const hint = style === 'relative' || style === 'time' ? datetime(value) : '';
  return `${START}${value.toISOString()} ${style} ${hint}${MIDDLE}${texts[style](value)}${END}`;
}

/** Does this text contain a time of {@link markTime}? */
export function hasTime(text: string): boolean {
  return text.includes(START);
}

/** The page with `<time datetime>` for each marked time; `local-time.js` shows them in the reader's own time zone. */
export function withTimeElements(html: string): string {
  if (!hasTime(html)) return html;
  return html.replaceAll(PIECES, (piece: string, ...rest: unknown[]) => {
    const { iso, style, hint, text } = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    if (iso === undefined || style === undefined) return piece.replaceAll(MARKS, '$<text>');
    const title = hint === undefined || hint === '' ? '' : ` title="${escapeHtml(hint)}"`;
    return `<time datetime="${iso}" data-style="${style}"${title}>${text ?? ''}</time>`;
  });
}
