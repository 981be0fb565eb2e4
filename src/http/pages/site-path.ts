declare const checked: unique symbol;

/** A path of this site: either every value in it was encoded, or it was checked as a whole. */
export type SitePath = string & { readonly [checked]: true };

/** Refuses a text that is neither a {@link SitePath} nor a literal of the source code. Use it as `location: L & SafeLocation<L>`. */
export type SafeLocation<L extends string> = L extends SitePath
  ? unknown
  : Partial<Record<'', 1>> extends Record<L, 1>
    ? never
    : unknown;

const PLAIN = /^\/(?![/\\])[^\\\s\p{Cc}]*$/u;
const LONGEST = 2_000;

/**
 * Builds a path from a template: ``sitePath`/account/apps/${clientId}/end` ``. Each value is percent-encoded, so that it stays
 * one segment or one query value.
 * @throws Error for a value of dots alone: browsers resolve such a segment.
 */
export function sitePath(texts: TemplateStringsArray, ...values: readonly string[]): SitePath {
  const dots = values.find((value) => /^\.+$/.test(value));
  if (dots !== undefined) throw new Error(`"${dots}" cannot be part of a path`);
  const encoded = values.map(encodeURIComponent);
  return String.raw({ raw: texts }, ...encoded) as SitePath;
}

/** The path with these names in its query; an undefined value leaves its name out. The path has no query yet. */
export function withQuery(
  path: SitePath,
  query: Readonly<Record<string, string | undefined>>,
): SitePath {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0
    ? path
    : (`${path}?${new URLSearchParams(given).toString()}` as SitePath);
}

/**
 * The normalised path and query of `value` when it stays on this site, else nothing. Use it on every address from a request.
 * Refused are other origins, `//host`, `/\host`, schemes, control characters and backslashes (CWE-601), also those that
 * appear only when dot segments are removed (RFC 3986 §5.2.4).
 */
export function safeReturnPath(value: string, issuer: string): SitePath | undefined {
  const path = value.startsWith(`${issuer}/`) ? value.slice(issuer.length) : value;
  if (!PLAIN.test(path) || path.length > LONGEST) return undefined;
  const url = URL.parse(path, issuer);
  if (url === null || url.origin !== issuer) return undefined;
  const normalised = `${url.pathname}${url.search}${url.hash}`;
  return PLAIN.test(normalised) ? (normalised as SitePath) : undefined;
}
