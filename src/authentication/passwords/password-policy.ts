/** In characters. Fifteen while a password is the only factor (NIST SP 800-63B §3.1.1.2). */
export const PASSWORD_LENGTH = Object.freeze({ min: 15, max: 128 });

let loading: Promise<ReadonlySet<string>> | undefined;
const PRODUCT_WORDS = ['consentry'];
const SHORTEST_CONTEXT_WORD = 4;
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'йцукенгшщзхъфывапролджэячсмитьбю',
];
// A longer text has too many characters in every Unicode composition. It is checked before all work that depends on the
// length.
const MOST_UNITS = 1_024;

/**
 * The stable code of the fault of a new password, or null. No rules about kinds of characters; spaces count.
 * @param personal e-mail addresses of the person: parts of them are easy to guess.
 */
export async function checkNewPassword(
  password: string,
  personal: readonly string[],
): Promise<string | null> {
  if (password.length > MOST_UNITS) return 'password_too_long';
  const text = password.normalize('NFC');
  if (/\p{Cc}/u.test(text)) return 'password_has_control_characters';
  const length = [...text].length;
  if (length < PASSWORD_LENGTH.min) return 'password_too_short';
  if (length > PASSWORD_LENGTH.max) return 'password_too_long';
  const folded = text.toLowerCase();
  if (contextWords(personal).some((word) => folded.includes(word))) return 'password_personal';
  return isCommon(folded, await (loading ??= loadCommonPasswords())) ? 'password_common' : null;
}

/** Loaded at the first new password: the list takes several megabytes. */
async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { default: words } = await import('@zxcvbn-ts/language-common/src/passwords.json', {
    with: { type: 'json' },
  });
  return new Set(words.map((word) => word.toLowerCase()));
}

/** Is the text too long for a valid password? Then it is not hashed. */
export function isAbsurdlyLong(password: string): boolean {
  return password.length > MOST_UNITS;
}

// Spaces and punctuation between the same words make nothing harder to guess.
function isCommon(folded: string, common: ReadonlySet<string>): boolean {
  const joined = folded.replace(SEPARATORS, '');
  if (isCommonText(folded, common)) return true;
  return joined !== '' && (isCommonText(joined, common) || isKeyboardRun(joined));
}

const SEPARATORS = /[\s\p{P}]/gu;

// The list contains short words. Passwords of fifteen characters contain them padded, repeated or joined.
function isCommonText(folded: string, common: ReadonlySet<string>): boolean {
  if (common.has(folded)) return true;
  const core = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  if (common.has(core)) return true;
  const unit = repeatedUnit(folded);
  return unit !== null && (unit.length < 8 || common.has(unit));
}

/** The shortest part whose repetition gives the text; the last repetition may be incomplete. */
function repeatedUnit(text: string): string | null {
  for (let size = 1; size <= text.length / 2; size += 1) {
    const unit = text.slice(0, size);
    if (unit.repeat(Math.ceil(text.length / size)).startsWith(text)) return unit;
  }
  return null;
}

function isKeyboardRun(compact: string): boolean {
  let steps = 0;
  for (let index = 1; index < compact.length; index += 1) {
    const pair = compact.slice(index - 1, index + 1);
    const reversed = [...pair].reverse().join('');
    if (ROWS.some((row) => row.includes(pair) || row.includes(reversed))) steps += 1;
  }
  return steps >= (compact.length - 1) * 0.8;
}

function contextWords(personal: readonly string[]): string[] {
  const parts = personal.flatMap((address) =>
    address
      .toLowerCase()
      .normalize('NFC')
      .split(/[@._+-]/),
  );
  return [...PRODUCT_WORDS, ...parts].filter((word) => word.length >= SHORTEST_CONTEXT_WORD);
}
