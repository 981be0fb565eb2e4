/** Reserved and special codes of CLDR that are no countries of ISO 3166-1. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(
  'AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ'.split(' '),
);

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** ISO 3166-1 codes of countries, and Kosovo (XK), which has a code for the time being. */
export const COUNTRY_CODES: readonly string[] = Object.freeze(listCountries());

/** The name of a country in a language: `PT` is Portugal in English, Португалия in Russian. */
export function countryName(code: string, locale: string): string {
  return namesIn(locale).of(code) ?? code;
}

/**
 * The code of a country that is written by its English name or by its code, as profiles store it; null for any other
 * text. OpenID Connect Core 1.0 §5.1.1 defines the member as a name, so profiles store the English one.
 */
export function countryCodeOf(text: string): string | null {
  codesByName ??= new Map(
    COUNTRY_CODES.flatMap((code) => [
      [code.toLowerCase(), code],
      [countryName(code, 'en').toLowerCase(), code],
    ]),
  );
  return codesByName.get(text.trim().toLowerCase()) ?? null;
}

let codesByName: ReadonlyMap<string, string> | undefined;

// Building one costs more than a lookup in it.
const names = new Map<string, Intl.DisplayNames>();

function namesIn(locale: string): Intl.DisplayNames {
  const known = names.get(locale);
  if (known !== undefined) return known;
  const made = new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' });
  names.set(locale, made);
  return made;
}

function listCountries(): string[] {
  const english = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  return codes.filter(
    (code) =>
      !NO_COUNTRIES.has(code) &&
      english.of(code) !== undefined &&
      // A code that was replaced (SU, YU) is another region now.
      new Intl.Locale(`und-${code}`).region === code,
  );
}
