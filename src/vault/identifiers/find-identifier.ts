import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { Identifier, IdentifierOwner } from '../attributes/attribute.ts';
import { createIdentifierStore } from './identifier-store.ts';
import { normalizeEmail } from './normalize-email.ts';
import { normalizePhone } from './normalize-phone.ts';
import { normalizeUsername } from '../usernames/normalize-username.ts';
import type { VaultContext } from '../context.ts';

/** Finds the account that has proven an address. For text that is no address the result is null, after the same work. */
export async function findIdentifier(
  { db, identifierKey }: VaultContext,
  identifier: Identifier,
): Promise<IdentifierOwner | null> {
  return createIdentifierStore(db).find(
    identifier.kind,
    identifierIndex(identifierKey, identifier),
  );
}

/** The index by which an identifier is found (HMAC-SHA256 over kind and normalized value). */
export function identifierIndex(key: Buffer, { kind, value }: Identifier): Buffer {
  return keyedIndex(key, `${kind}:${normalize(kind, value)}`);
}

function normalize(kind: Identifier['kind'], value: string): string {
  if (kind === 'email') return normalizeEmail(value) ?? '';
  if (kind === 'phone_number') return normalizePhone(value) ?? '';
  return normalizeUsername(value);
}
