import { keyedIndex } from '../platform/keys/encryption.ts';

/**
 * The `sub` that a pairwise app sees (OpenID Connect Core 1.0 §8.1): the same person is a different, stable and
 * unlinkable string to every sector. The salt never changes, or every app would lose its users.
 */
export function pairwiseSubject(salt: Buffer, sector: string, accountId: string): string {
  return keyedIndex(salt, `${sector}\n${accountId}`).toString('base64url');
}
