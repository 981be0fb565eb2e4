import { randomUUID } from 'node:crypto';

import { isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { ClaimCatalogue, ClaimDefinition } from '../../scopes/index.ts';
import type { VaultContext } from '../context.ts';
import { identifierIndex } from '../identifiers/find-identifier.ts';
import { createIdentifierStore, type IdentifierRow } from '../identifiers/identifier-store.ts';
import { openAccountSealer, wrapNewKey, type WrappedAccountKey } from '../keys/account-key.ts';
import { createAccountKeyStore } from '../keys/account-key-store.ts';
import { takeLeaves } from '../keys/create-account-key.ts';
import { editableDefinition, mostOf, MOST_PER_ACCOUNT } from './add-attribute.ts';
import { createAttributeStore, type AttributeRow } from './attribute-store.ts';
import { checkLabel, checkValue, isSameValue } from './attribute-value.ts';
import type { AttributeValue, Identifier } from './attribute.ts';
import { sealValue } from './sealed-value.ts';

/** A value that comes from another system. */
export interface ImportedValue {
  readonly claim: string;
  readonly value: AttributeValue;
  readonly label: string | null;
  /** The other system has verified the value. */
  readonly isVerified: boolean;
}

/** A valid value, as it will be stored. */
export interface CheckedValue extends ImportedValue {
  readonly isDefault: boolean;
  /** The identifier with which the account is found; null for a value that is not an identifier. */
  readonly identifier: Identifier | null;
}

/** An error in one of the values. */
interface ValueProblem {
  /** Position in the list that was checked. */
  readonly index: number;
  /** A member of an address, `label`, or null for the value itself. */
  readonly member: string | null;
  readonly code: string;
}

/** All values of one new account, or every error in them; by the same rules as `addAttribute`. */
export function checkImportedValues(
  claims: ClaimCatalogue,
  values: readonly ImportedValue[],
): { readonly checked: readonly CheckedValue[] } | { readonly problems: readonly ValueProblem[] } {
  const problems: ValueProblem[] = [];
  const valid: TypedValue[] = [];
  for (const [index, given] of values.entries()) {
    try {
      const definition = editableDefinition(claims, given.claim);
      const value = checkValue(definition, given.value);
      const one = { ...given, definition, value, label: checkLabel(given.label) };
      const code = conflictOf(one, valid);
      if (code !== null) problems.push({ index, member: null, code });
      valid.push(one);
    } catch (error) {
      problems.push(...problemsOf(error, index));
    }
  }
  if (problems.length > 0) return { problems };
  return {
    checked: valid.map((one) => {
      const { definition: _definition, ...value } = one;
      const ofClaim = valid.filter(({ claim }) => claim === one.claim);
      // The first verified value of a claim, or the first one when none is.
      const first = ofClaim.find(({ isVerified }) => isVerified) ?? ofClaim[0];
      return { ...value, isDefault: first === one, identifier: identifierOf(one) };
    }),
  };
}

interface TypedValue extends ImportedValue {
  readonly definition: ClaimDefinition;
}

function conflictOf(
  { definition, value, isVerified }: TypedValue,
  before: readonly TypedValue[],
): string | null {
  const others = before.filter((other) => other.definition === definition);
  if (others.length >= mostOf(definition) || before.length >= MOST_PER_ACCOUNT) {
    return 'too_many_values';
  }
  if (others.some((other) => isSameValue(definition.kind, other.value, value))) {
    return 'value_exists';
  }
  return isVerified && !definition.isVerifiable ? 'claim_not_verifiable' : null;
}

function problemsOf(error: unknown, index: number): ValueProblem[] {
  if (!isAppError(error)) throw error;
  return Object.entries(error.fields ?? { value: error.code }).map(([field, code]) => ({
    index,
    member: field === 'value' || field === 'claim' ? null : field,
    code,
  }));
}

/** A username needs no proof; an address must be verified. */
function identifierOf({ definition: { kind }, value, isVerified }: TypedValue): Identifier | null {
  if (typeof value !== 'string') return null;
  const isOne =
    kind === 'username' || (isVerified && (kind === 'email' || kind === 'phone_number'));
  return isOne ? { kind, value } : null;
}

/** One new account, whose row exists already. */
interface ImportedAccountValues {
  readonly accountId: string;
  readonly values: readonly CheckedValue[];
}

/**
 * Creates the keys of new accounts and stores their values, in four statements for any number of accounts.
 * @returns the accounts whose address another account got meanwhile; their rows must be removed.
 */
export async function importValues(
  ctx: VaultContext,
  tx: Database,
  accounts: readonly ImportedAccountValues[],
): Promise<ReadonlySet<string>> {
  if (accounts.length === 0) return new Set();
  const createdAt = ctx.clock.now();
  const leaves = await takeLeaves(ctx, tx, { count: accounts.length });
  const rows = accounts.map((account, index) =>
    sealAccount(ctx, { ...account, leaf: leaves[index] ?? null }, createdAt),
  );
  await createAccountKeyStore(tx).insertMany(
    rows.map(({ accountId, key }) => ({ accountId, ...key, createdAt })),
  );
  await createAttributeStore(tx).insertMany(rows.flatMap(({ attributes }) => attributes));
  const identifiers = rows.flatMap((row) => row.identifiers);
  const inserted = await createIdentifierStore(tx).insertMany(identifiers);
  return new Set(
    identifiers.filter((row) => !inserted.has(row.attributeId)).map(({ accountId }) => accountId),
  );
}

interface SealedRows {
  readonly accountId: string;
  readonly key: WrappedAccountKey;
  readonly attributes: readonly AttributeRow[];
  readonly identifiers: readonly IdentifierRow[];
}

function sealAccount(
  ctx: VaultContext,
  { accountId, values, leaf }: ImportedAccountValues & { readonly leaf: number | null },
  createdAt: Date,
): SealedRows {
  const key = wrapNewKey(ctx, { accountId, leaf });
  const sealer = openAccountSealer(ctx, accountId, key);
  if (sealer === null) throw new Error('the leaf of a new key is destroyed');
  const identifiers: IdentifierRow[] = [];
  const attributes = values.map(({ claim, value, label, isVerified, isDefault, identifier }) => {
    const id = randomUUID();
    if (identifier !== null) {
      const { kind } = identifier;
      const blindIndex = identifierIndex(ctx.identifierKey, identifier);
      identifiers.push({ kind, blindIndex, accountId, attributeId: id, verifiedAt: createdAt });
    }
    return {
      id,
      accountId,
      claim,
      sealedValue: sealValue(sealer, { id, accountId, claim }, { value, label }),
      isDefault,
      verifiedAt: isVerified ? createdAt : null,
      createdAt,
      updatedAt: createdAt,
    };
  });
  return { accountId, key, attributes, identifiers };
}
