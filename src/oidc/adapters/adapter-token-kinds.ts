import { ACCESS_TOKEN_PREFIXES, type AccessTokenKind } from '../../tokens/index.ts';

/**
 * Random bits of each kind of token that is stored. The lengths differ, so that the kind follows from the length of a value: an app
 * that introspects a token without a `token_type_hint` (RFC 7662 §2.1) costs one look-up instead of three. Sealed access tokens
 * have prefixes.
 * All are above the 128 bits of RFC 6749 §10.10.
 */
const BITS: Readonly<Record<string, number>> = {
  AccessToken: 258,
  ClientCredentials: 264,
  RefreshToken: 270,
};
const DEFAULT_BITS = 258;
const BITS_PER_SYMBOL = 6;
const PREFIXES: ReadonlyMap<string, string> = new Map(Object.entries(ACCESS_TOKEN_PREFIXES));

/** Prefix of a JWT access token during introspection, because the library does not look up a value that is a JWT. */
export const STRUCTURED_TOKEN_MARK = 'jwt:';

/** For the library's `formats.bitsOfOpaqueRandomness`. */
export function randomBitsOf(_ctx: unknown, token: { readonly kind: string }): number {
  return BITS[token.kind] ?? DEFAULT_BITS;
}

/** Has the value the prefix of sealed tokens of this kind? */
export function isTokenPrefixed(kind: AccessTokenKind, value: string): boolean {
  return value.startsWith(ACCESS_TOKEN_PREFIXES[kind]);
}

/** False when a value of this prefix or length was never issued as `model`. */
export function mayBe(model: string, value: string): boolean {
  const prefix = PREFIXES.get(model);
  if (value.startsWith(STRUCTURED_TOKEN_MARK)) return prefix !== undefined;
  if (prefix !== undefined && value.startsWith(prefix)) return true;
  const bits = BITS[model];
  return bits === undefined || value.length === bits / BITS_PER_SYMBOL;
}
