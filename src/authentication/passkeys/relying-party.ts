/** This installation as a relying party (WebAuthn Level 3 §4): passkeys are bound to its domain. */
export interface RelyingParty {
  /** The domain of the issuer, without a port. */
  readonly id: string;
  /** The name that an authenticator shows. */
  readonly name: string;
  /** The only origin whose pages can use the passkeys. */
  readonly origin: string;
}

/** Derives the relying party from the issuer; browsers also accept `localhost`, without TLS. */
export function relyingPartyOf(issuer: string, name: string): RelyingParty {
  const { hostname, origin } = new URL(issuer);
  return { id: hostname, name, origin };
}
