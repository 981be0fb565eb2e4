import type { Client } from './client.ts';

/**
 * The link with which a person starts a sign-in at an app from this server: its registered address with `iss` (OpenID Connect
 * Core 1.0 §4). Without `login_hint`, which would give the app an address that the person did not share with it. Null for
 * an app that registered no address.
 */
export function signInStartHref(
  { initiateLoginUri }: Pick<Client, 'initiateLoginUri'>,
  issuer: string,
): string | null {
  if (initiateLoginUri === null) return null;
  const url = new URL(initiateLoginUri);
  url.searchParams.set('iss', issuer);
  return url.href;
}
