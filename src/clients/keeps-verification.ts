import type { StoredClient } from './stored-client.ts';

const ADDRESSES = ['clientUri', 'initiateLoginUri', 'policyUri', 'tosUri', 'logoUri'] as const;

/**
 * Does the mark of an administrator stay after a change by the owner of an app? The administrator checked a name, a logo and the sites
 * to which people are led; with others the app could pose as the app of another developer.
 */
export function keepsVerification(before: StoredClient, after: StoredClient): boolean {
  if (before.name !== after.name || before.logo !== after.logo) return false;
  const known = new Set(sitesOf(before));
  return sitesOf(after).every((site) => known.has(site));
}

/** Schemes and hosts of the addresses, and the domain of the contact. */
function sitesOf(client: StoredClient): string[] {
  const addresses = [
    ...client.redirectUris,
    ...client.postLogoutRedirectUris,
    ...ADDRESSES.flatMap((name) => client[name] ?? []),
  ];
  const hosts = addresses.map((address) => {
    const url = URL.parse(address);
    return url === null ? address : `${url.protocol}${url.hostname}`;
  });
  return client.contact === null ? hosts : [...hosts, domainOf(client.contact)];
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
