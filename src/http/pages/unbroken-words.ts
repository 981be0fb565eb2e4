import { isPlainText } from './time-elements.ts';

/** U+2060: no line ends before or after it, and it is not visible. */
const JOINER = '\u2060';
/** A word such as "e-mail", "6-digit" or "что-то": its short part alone at the end or start of a line is misread. */
const WITH_SHORT_PART =
  /(?<![\p{L}\p{N}-])(?:[\p{L}\p{N}]{1,3}-\p{L}+|\p{L}+-\p{L}{1,3})(?![\p{L}\p{N}-])/gu;

/**
 * Returns a function that keeps the words with a short part before or after their hyphen on one line. It knows the words of these
 * texts only, so that values of people stay exact when they are copied. The first word of an element needs it rarely: a line begins there.
 */
export function createWordKeeper(texts: readonly string[]): (html: string) => string {
  const words = texts
    .filter((text) => text.includes('-'))
    .flatMap((text) => text.match(WITH_SHORT_PART) ?? [])
    .map((word) => word.split('-'));
  if (words.length === 0) return (html) => html;
  const parts = (place: 0 | 1) => [...new Set(words.map((word) => word[place]))].join('|');
  // It is looked for at each hyphen, which is faster than at each word.
  const hyphen = new RegExp(
    `(?<=[\\s(«“](?:${parts(0)}))-(?=(?:${parts(1)})(?![\\p{L}\\p{N}@_-]|\\.[\\p{L}\\p{N}]))`,
    'gu',
  );
  return (html) =>
    html.replaceAll(hyphen, (sign, at: number) => (isPlainText(html, at) ? sign : `-${JOINER}`));
}
