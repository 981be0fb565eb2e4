import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { SqlStatement } from '../../platform/postgres/sql.ts';
import type { Identifier, IdentifierOwner } from '../attributes/attribute.ts';
import type { VaultContext } from '../context.ts';
import { normalizeUsername } from '../usernames/normalize-username.ts';
import { createIdentifierStore, type IdentifierIndex, ownerQuery } from './identifier-store.ts';
import { normalizeEmail } from './normalize-email.ts';
import { normalizePhone } from './normalize-phone.ts';

/**
 * Finds the account that has verified an address or has a username. Spellings of the same mailbox are equal. For text
 * that is not an address the result is null, after the same work.
 */
export function findIdentifier(
  ctx: VaultContext,
  identifier: Identifier,
): Promise<IdentifierOwner | null> {
  return findIdentifierIn(ctx, ctx.db, identifier);
}

/** As {@link findIdentifier}, in the transaction of the caller. */
export function findIdentifierIn(
  { identifierKey }: VaultContext,
  tx: Database,
  identifier: Identifier,
): Promise<IdentifierOwner | null> {
  return createIdentifierStore(tx).find(indexOf(identifierKey, identifier));
}

/** As {@link findIdentifier}, as a query for another statement: its row has `account_id`. */
export function ownerOf({ identifierKey }: VaultContext, identifier: Identifier): SqlStatement {
  return ownerQuery(indexOf(identifierKey, identifier));
}

/** The accounts of these addresses: position -> account; addresses without an account are absent. */
export async function findOwners(
  { identifierKey }: VaultContext,
  tx: Database,
  identifiers: readonly Identifier[],
): Promise<ReadonlyMap<number, string>> {
  if (identifiers.length === 0) return new Map();
  const wanted = identifiers.map((identifier) => indexOf(identifierKey, identifier));
  return createIdentifierStore(tx).findOwners(wanted);
}

/** The keyed index of an address, for counting by address without storing it. */
export function indexIdentifier({ identifierKey }: VaultContext, identifier: Identifier): Buffer {
  return identifierIndex(identifierKey, identifier);
}

/** The index by which an identifier is found (HMAC-SHA256 over kind and normalized value). */
export function identifierIndex(key: Buffer, { kind, value }: Identifier): Buffer {
  return keyedIndex(key, `${kind}:${normalize(kind, value)}`);
}

function indexOf(key: Buffer, identifier: Identifier): IdentifierIndex {
  return { kind: identifier.kind, blindIndex: identifierIndex(key, identifier) };
}

function normalize(kind: Identifier['kind'], value: string): string {
  if (kind === 'email') return normalizeEmail(value) ?? '';
  if (kind === 'phone_number') return normalizePhone(value) ?? '';
  return normalizeUsername(value);
}

/**
 * The kind of text in a field for an e-mail, phone number or username. No text can have two kinds, because usernames
 * have a letter and no "@".
 */
export function parseIdentifier(text: string): Identifier {
  const value = text.trim();
  if (value.includes('@')) return { kind: 'email', value };
  return { kind: /\p{L}/u.test(value) ? 'username' : 'phone_number', value };
}
