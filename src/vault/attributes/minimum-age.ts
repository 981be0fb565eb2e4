import { AppError } from '../../platform/app-error.ts';
import type { AttributeValue } from './attribute.ts';
import type { VaultContext } from '../context.ts';

/**
 * Refuses a date of birth of a person who may be younger than the installation allows. A year alone counts as its last day; a
 * date without a year is refused.
 * @throws AppError `value_invalid` with field `value`: `age_too_low`, `birthdate_year_needed`.
 */
export function refuseTooYoung(
  { minimumAgeYears = 0, clock }: Pick<VaultContext, 'minimumAgeYears' | 'clock'>,
  claim: string,
  value: AttributeValue,
): void {
  if (minimumAgeYears === 0 || claim !== 'birthdate' || typeof value !== 'string') return;
  if (value.startsWith('0000')) throw refusal('birthdate_year_needed');
  if (ageYears(value, clock.now()) < minimumAgeYears) throw refusal('age_too_low');
}

/** Full years since a date as `YYYY-MM-DD`, or since the last day of a year as `YYYY`. */
function ageYears(birthdate: string, now: Date): number {
  const born = birthdate.length === 4 ? `${birthdate}-12-31` : birthdate;
  const today = now.toISOString().slice(0, 10);
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return today.slice(5) < born.slice(5) ? years - 1 : years;
}

function refusal(code: string): AppError {
  return new AppError('invalid', 'value_invalid', { fields: { value: code } });
}
