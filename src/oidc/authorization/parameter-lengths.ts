import { errors, type KoaContextWithOIDC } from 'oidc-provider';

/** Longest values of the parameters of an authorization request, in characters. */
const LONGEST: Readonly<Record<string, number>> = {
  state: 2_048,
  nonce: 512,
  login_hint: 254,
  claims: 4_096,
  authorization_details: 4_096,
  scope: 2_048,
  resource: 2_048,
  redirect_uri: 2_048,
  id_token_hint: 8_192,
  request: 32_768,
};
const LONGEST_OTHER = 512;

/**
 * Checks the length of every parameter of an authorization request. Parameters of unauthenticated callers are stored for minutes, so they are bounded.
 * @throws InvalidRequest (RFC 6749 §4.1.2.1) that names the parameter.
 */
export function checkParameterLengths({ oidc }: KoaContextWithOIDC): void {
  const name = tooLongParameter(oidc.params ?? {});
  if (name === undefined) return;
  throw new errors.InvalidRequest(
    `${name} must not be longer than ${String(longestOf(name))} characters`,
  );
}

/** The name of the first parameter that is too long. */
export function tooLongParameter(
  parameters: Readonly<Record<string, unknown>>,
): string | undefined {
  const found = Object.entries(parameters).find(([name, value]) =>
    [value].flat().some((text) => typeof text === 'string' && text.length > longestOf(name)),
  );
  return found?.[0];
}

function longestOf(name: string): number {
  return LONGEST[name] ?? LONGEST_OTHER;
}
