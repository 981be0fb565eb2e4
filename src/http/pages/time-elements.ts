import { randomBytes } from 'node:crypto';

import { escapeHtml } from '../../platform/escape-html.ts';
import type { Formats } from '../../platform/formats.ts';

export type TimeStyle = 'date' | 'datetime' | 'relative' | 'time';

// Value and style, text, and the end. They are different in each process, so no value from outside contains them.
const [START = '', MIDDLE = '', END = ''] = ['\uE000', '\uE001', '\uE002'].map(
  (sign) => `${sign}${randomBytes(16).toString('hex')}${sign}`,
);
const MARKS = new RegExp(
  `${START}(?<iso>[\\d:.TZ+-]+) (?<style>date|datetime|relative|time) (?<hint>[^<]*?)${MIDDLE}(?<text>[^<]*?)${END}`,
  'g',
);
/** The opening tag of an element that contains text only. */
const TEXT_ONLY = /<(?:title|textarea|option|script|style)\b/y;

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

type Mark = Readonly<Record<'iso' | 'style' | 'hint' | 'text', string>>;

/** The page with `<time datetime>` for each marked time; `local-time.js` shows them in the reader's own time zone. */
export function withTimeElements(html: string): string {
  if (!hasTime(html)) return html;
  return html.replaceAll(MARKS, (_mark, ...found: readonly unknown[]) => {
    const [at, groups] = [found.at(-3) as number, found.at(-1) as Mark];
    const { iso, style, hint, text } = groups;
    if (isPlainText(html, at)) return text;
    const title = hint === '' ? '' : ` title="${escapeHtml(hint)}"`;
    return `<time datetime="${iso}" data-style="${style}"${title}>${text}</time>`;
  });
}

/** Is this place in a tag, or in an element that contains text only? Values are escaped, so the tag before it decides. */
export function isPlainText(html: string, at: number): boolean {
  const tag = html.lastIndexOf('<', at);
  if (html.lastIndexOf('>', at) < tag) return true;
  TEXT_ONLY.lastIndex = tag;
  return TEXT_ONLY.test(html);
}
