const PLAIN = /^\/(?![/\\])[^\\\s\p{Cc}]*$/u;

/**
 * The path and query of `value` when it surely stays on this site, else nothing. Use it on everything a request says about where to go next.
 * Refused are other origins, `//host`, `/\host`, schemes, control characters and backslashes (CWE-601).
 */
export function safeReturnPath(value: string, issuer: string): string | undefined {
  const path = value.startsWith(`${issuer}/`) ? value.slice(issuer.length) : value;
  if (!PLAIN.test(path) || path.length > 2_000) return undefined;
  const url = URL.parse(path, issuer);
  if (url === null || url.origin !== issuer) return undefined;
  return `${url.pathname}${url.search}${url.hash}`;
}
