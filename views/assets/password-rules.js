// @ts-check
// The rules for new passwords. The server decides by them (src/authentication/passwords/password-policy.ts), and the page
// shows their result while a person types (new-password.js). No rule is about kinds of characters.

/** In characters. */
export const LONGEST_PASSWORD = 128;

// A longer text has too many characters in every Unicode composition. It is checked before all work that depends on the
// length.
const MOST_UNITS = 1_024;
const SHORTEST_WORD = 4;
const SEPARATORS = /[\s\p{P}]/gu;
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'йцукенгшщзхъфывапролджэячсмитьбю',
];

/**
 * Is the text too long for a valid password? Then it is not hashed.
 * @param {string} text
 */
export function isAbsurdlyLong(text) {
  return text.length > MOST_UNITS;
}

/**
 * The number of characters, as a person counts the letters that a keyboard composes.
 * @param {string} text
 */
export function lengthOf(text) {
  return [...text.normalize('NFC')].length;
}

/**
 * The form in which passwords are compared: case does not count. Lists of passwords contain this form.
 * @param {string} text
 */
export function foldPassword(text) {
  return text.normalize('NFC').toLowerCase();
}

/**
 * Words that are easy to guess for a person: the parts of addresses and names.
 * @param {readonly string[]} texts
 */
export function wordsOf(texts) {
  return texts
    .flatMap((text) => foldPassword(text).split(/[\s@._+-]/))
    .filter((word) => [...word].length >= SHORTEST_WORD);
}

/**
 * The stable code of the first rule that the password breaks; null when only the list of known passwords remains to be checked.
 * @param {string} password
 * @param {{ readonly shortest: number, readonly words: readonly string[] }} rules `shortest` in characters, `words` as `wordsOf` returns them
 * @returns {'password_too_long' | 'password_has_control_characters' | 'password_too_short' | 'password_personal' | 'password_common' | null}
 */
export function findFault(password, { shortest, words }) {
  if (isAbsurdlyLong(password)) return 'password_too_long';
  const text = password.normalize('NFC');
  if (/\p{Cc}/u.test(text)) return 'password_has_control_characters';
  const length = lengthOf(text);
  if (length < shortest) return 'password_too_short';
  if (length > LONGEST_PASSWORD) return 'password_too_long';
  const folded = foldPassword(text);
  if (words.some((word) => folded.includes(word))) return 'password_personal';
  return isPattern(folded) ? 'password_common' : null;
}

/**
 * The texts that make a password common if a list of known passwords contains one of them: the password, the password without case,
 * spaces and punctuation, without the digits and signs around it, and the part that it repeats. Lists contain short words, which
 * longer passwords contain padded, repeated or joined.
 * @param {string} password
 * @returns {readonly string[]}
 */
export function commonForms(password) {
  const text = password.normalize('NFC');
  const folded = foldPassword(text);
  const forms = [text];
  for (const form of [folded, joined(folded)]) {
    const core = form.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
    forms.push(form, core, repeatedUnit(form) ?? '');
  }
  return [...new Set(forms)].filter((form) => form !== '');
}

// Spaces and punctuation between the same words make nothing harder to guess.
/** @param {string} folded */
function joined(folded) {
  return folded.replace(SEPARATORS, '');
}

/** @param {string} folded */
function isPattern(folded) {
  const compact = joined(folded);
  const isRepeated = [folded, compact].some((text) => {
    const unit = repeatedUnit(text);
    return unit !== null && unit.length < 8;
  });
  return isRepeated || (compact !== '' && isKeyboardRun(compact));
}

/**
 * The shortest part whose repetition gives the text; the last repetition may be incomplete.
 * @param {string} text
 */
function repeatedUnit(text) {
  for (let size = 1; size <= text.length / 2; size += 1) {
    const unit = text.slice(0, size);
    if (unit.repeat(Math.ceil(text.length / size)).startsWith(text)) return unit;
  }
  return null;
}

/** @param {string} compact */
function isKeyboardRun(compact) {
  let steps = 0;
  for (let index = 1; index < compact.length; index += 1) {
    const pair = compact.slice(index - 1, index + 1);
    const reversed = [...pair].reverse().join('');
    if (ROWS.some((row) => row.includes(pair) || row.includes(reversed))) steps += 1;
  }
  return steps >= (compact.length - 1) * 0.8;
}
