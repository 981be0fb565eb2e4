/** The languages of an `Accept-Language` header, most wanted first (RFC 9110 §12.5.4). */
export function acceptedLanguages(header: string): string[] {
  const weighted = header.split(',', 20).map((part) => {
    const [tag = '', ...parameters] = part.split(';');
    const weight = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean);
    return { tag: tag.trim(), weight: weight === undefined ? 1 : Number(weight) };
  });
  const wanted = weighted.filter(({ weight }) => weight > 0);
  return wanted.sort((left, right) => right.weight - left.weight).map(({ tag }) => tag);
}

/**
 * The country (ISO 3166) that the languages of a browser suggest: that of the most wanted language, or the one in which most
 * people speak it. Null without a language.
 */
export function suggestedCountry(header: string): string | null {
  for (const tag of acceptedLanguages(header)) {
    try {
      const { region } = new Intl.Locale(tag).maximize();
      if (region !== undefined && /^[A-Z]{2}$/.test(region)) return region;
    } catch {
      // Not a language tag, for example `*`.
    }
  }
  return null;
}
