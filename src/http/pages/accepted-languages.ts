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
