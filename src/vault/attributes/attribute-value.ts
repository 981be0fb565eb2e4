import { AppError } from '../../platform/app-error.ts';
import type { ClaimKind, StandardClaim } from '../../scopes/index.ts';
import { ADDRESS_MEMBERS, type AddressValue, type AttributeValue } from './attribute.ts';
import { checkCustomValue } from './custom-value.ts';
import { normalizeEmail } from '../identifiers/normalize-email.ts';
import { normalizePhone } from '../identifiers/normalize-phone.ts';
import { normalizeUsername, usernameProblem } from '../usernames/normalize-username.ts';
import {
  checkUrl,
  cleanLine,
  cleanLines,
  isCalendarDate,
  type CleanText,
} from '../../platform/clean-text.ts';
import { knownTimeZone } from '../../platform/time-zones.ts';

const LABEL_LENGTH = 40;
const MANY_LINES = new Set<string>(['formatted', 'street_address']);
const ADDRESS_MEMBER_LENGTH = 200;

/** Time zones to choose from (IANA names). */
export const TIME_ZONES: readonly string[] = Object.freeze(Intl.supportedValuesOf('timeZone'));

/**
 * A value as it is stored: trimmed, NFC, and valid for its claim.
 * @throws AppError `value_invalid` with `fields`: `value`, or the members of an address that do not fit.
 */
export function checkValue(definition: StandardClaim, value: AttributeValue): AttributeValue {
  if (definition.kind === 'address') return checkAddress(value);
  if (definition.isCustom) {
    const checked = checkCustomValue(definition, value);
    if ('code' in checked) throw invalid({ value: checked.code });
    return checked.value;
  }
  if (typeof value !== 'string') throw invalid({ value: 'value_invalid' });
  const cleaned = cleanLine(value, definition.maxLength);
  const checked =
    'code' in cleaned ? cleaned : (CHECKS[definition.kind]?.(cleaned.text) ?? cleaned);
  if ('code' in checked) throw invalid({ value: checked.code });
  return checked.text;
}

/** @throws AppError `value_invalid` with field `label`. Empty is no label. */
export function checkLabel(label: string | null | undefined): string | null {
  if (label === null || label === undefined || label.trim() === '') return null;
  const cleaned = cleanLine(label, LABEL_LENGTH);
  if ('code' in cleaned) throw invalid({ label: cleaned.code });
  return cleaned.text;
}

/** Are two values equal? Two spellings of one address are. */
export function isSameValue(kind: ClaimKind, left: AttributeValue, right: AttributeValue): boolean {
  if (typeof left === 'object' || typeof right === 'object') {
    return JSON.stringify(left) === JSON.stringify(right);
  }
  if (kind === 'email') return normalizeEmail(String(left)) === normalizeEmail(String(right));
  if (kind === 'username') {
    return normalizeUsername(String(left)) === normalizeUsername(String(right));
  }
  return left === right;
}

const CHECKS: Readonly<Partial<Record<ClaimKind, (text: string) => CleanText>>> = {
  nickname: checkNickname,
  username: checkUsername,
  email: (text) => (normalizeEmail(text) === null ? { code: 'email_invalid' } : { text }),
  phone_number: checkPhoneNumber,
  url: checkUrl,
  birthdate: checkBirthdate,
  time_zone: checkTimeZone,
  locale: checkLocale,
};

function checkNickname(text: string): CleanText {
  const length = [...text].length;
  if (length < 3) return { code: 'username_too_short' };
  return length > 42 ? { code: 'value_too_long' } : { text };
}

function checkUsername(text: string): CleanText {
  const code = usernameProblem(text);
  return code === null ? { text } : { code };
}

function checkPhoneNumber(text: string): CleanText {
  const number = normalizePhone(text);
  return number === null ? { code: 'phone_number_invalid' } : { text: number };
}

const EARLIEST_YEAR = 1850;

// ISO 8601-1 `YYYY-MM-DD`, `0000-MM-DD` without the year, or `YYYY` (OpenID Connect Core 1.0 §5.1).
function checkBirthdate(text: string): CleanText {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})-(\d{2}))?$/.exec(text) ?? [];
  if (year === undefined) return { code: 'birthdate_invalid' };
  const isYearHidden = year === '0000' && month !== undefined;
  if (!isYearHidden && Number(year) < EARLIEST_YEAR) return { code: 'birthdate_invalid' };
  // Without a year, 29 February is valid.
  const full = `${isYearHidden ? '2000' : year}-${month ?? '01'}-${day ?? '01'}`;
  return isCalendarDate(full) ? { text } : { code: 'birthdate_invalid' };
}

function checkTimeZone(text: string): CleanText {
  if (knownTimeZone(text) === null) return { code: 'time_zone_invalid' };
  // The name is stored unchanged, because its canonical form can be an outdated name.
  const folded = text.toLowerCase();
  return { text: TIME_ZONES.find((zone) => zone.toLowerCase() === folded) ?? text };
}

function checkLocale(text: string): CleanText {
  try {
    const [tag] = Intl.getCanonicalLocales(text.replaceAll('_', '-'));
    return tag === undefined ? { code: 'locale_invalid' } : { text: tag };
  } catch {
    return { code: 'locale_invalid' };
  }
}

function checkAddress(value: AttributeValue): AddressValue {
  if (typeof value !== 'object') throw invalid({ value: 'value_invalid' });
  const address: Record<string, string> = {};
  const fields: Record<string, string> = {};
  for (const member of ADDRESS_MEMBERS) {
    const text = value[member];
    if (text === undefined || text.trim() === '') continue;
    const clean = MANY_LINES.has(member) ? cleanLines : cleanLine;
    const cleaned = clean(text, ADDRESS_MEMBER_LENGTH);
    if ('code' in cleaned) fields[member] = cleaned.code;
    else address[member] = cleaned.text;
  }
  if (Object.keys(fields).length > 0) throw invalid(fields);
  if (Object.keys(address).length === 0) throw invalid({ value: 'value_required' });
  return address;
}

function invalid(fields: Record<string, string>): AppError {
  return new AppError('invalid', 'value_invalid', { fields });
}
