import type { Client as ProviderClient } from 'oidc-provider';

import { keyedIndex } from '../platform/keys/encryption.ts';

/** The `sub` of an account for a client (OpenID Connect Core 1.0 §8). */
export function subjectOf(salt: Buffer, client: ProviderClient, accountId: string): string {
  return client.subjectType === 'pairwise' ? pairwiseSubject(salt, client, accountId) : accountId;
}

/**
 * The `sub` of an account for a pairwise client (OpenID Connect Core 1.0 §8.1): a different, stable and unlinkable string for
 * each sector. The salt never changes, or every client would lose its users.
 */
export function pairwiseSubject(salt: Buffer, client: ProviderClient, accountId: string): string {
  return keyedIndex(salt, `${sectorOf(client)}\n${accountId}`).toString('base64url');
}

/** Host of the redirect addresses, computed by the library. */
function sectorOf(client: ProviderClient): string {
  const sector = client['sectorIdentifier'];
  return typeof sector === 'string' ? sector : client.clientId;
}
