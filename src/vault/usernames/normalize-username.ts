import { foldLookAlikes } from '../../platform/clean-text.ts';

const SHORTEST = 3;
const LONGEST = 42;
const SHAPE = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u;
const LETTER = /\p{L}/u;
// A name in two of these scripts can look like a name of another person in one script.
const LOOK_ALIKE_SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
/**
 * The error code for a username, or null when it is valid. It is a name to sign in with, so it must differ from an e-mail (no
 * "@") and from a phone number (it has a letter), and its letters are of one script.
 */
export function usernameProblem(text: string): string | null {
  const length = [...text].length;
  if (length < SHORTEST) return 'username_too_short';
  if (length > LONGEST) return 'value_too_long';
  if (!SHAPE.test(text) || !LETTER.test(text)) return 'username_invalid';
  const scripts = LOOK_ALIKE_SCRIPTS.filter((script) => script.test(text));
  return scripts.length > 1 ? 'username_mixed' : null;
}

/** One spelling for all usernames that look the same: names that differ in case, width or look-alike letters only are one. */
export function normalizeUsername(text: string): string {
  return foldLookAlikes(text.trim());
}
