import { errors } from 'oidc-provider';

/** The longest that a client assertion may live; each `jti` is remembered for that long. */
const LONGEST_ASSERTION_SECONDS = 60 * 60;

/**
 * Refuses a client assertion whose times are not whole seconds near the present: RFC 7523 §3 allows that for an `exp`
 * unreasonably far in the future. An `exp` in milliseconds would otherwise be accepted, and its `jti` kept for ever.
 * @throws errors.InvalidClientAuth `invalid_client`; the reason goes to the log.
 */
export function checkAssertionTimes(claims: Readonly<Record<string, unknown>>): void {
  const nowInSeconds = Math.floor(Date.now() / 1000);
  for (const name of ['exp', 'iat', 'nbf']) {
    const value = claims[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || value > nowInSeconds + LONGEST_ASSERTION_SECONDS) {
      throw new errors.InvalidClientAuth(
        `${name} has to be in seconds and at most ${String(LONGEST_ASSERTION_SECONDS)} ahead`,
      );
    }
  }
}
