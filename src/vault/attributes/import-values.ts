import { randomUUID } from 'node:crypto';

import { isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { openAccountSealer, wrapNewKey, type WrappedAccountKey } from '../keys/account-key.ts';
import { createAccountKeyStore } from '../keys/account-key-store.ts';
import { editableDefinition, MOST_PER_ACCOUNT, MOST_PER_CLAIM } from './add-attribute.ts';
import type { AttributeRow } from './attribute-store.ts';
import type { AttributeValue, Identifier } from './attribute.ts';
import { takeLeaves } from '../keys/create-account-key.ts';
import { checkLabel, checkValue, isSameValue } from './attribute-value.ts';
import { identifierIndex } from '../identifiers/find-identifier.ts';
import type { IdentifierRow } from '../identifiers/identifier-store.ts';
import { sealContent } from './sealed-value.ts';
import { createVaultImportStore } from '../vault-import-store.ts';
import type { VaultContext } from '../context.ts';
import type { ClaimCatalogue, ClaimDefinition } from '../../scopes/index.ts';

/** A value that comes from another system. */
export interface ImportedValue {
  readonly claim: string;
  readonly value: AttributeValue;
  readonly label: string | null;
  /** Has the other system made sure that it is the person's. */
  readonly isVerified: boolean;
}

/** A value that may be kept, as it will be kept. */
export interface CheckedValue extends ImportedValue {
  readonly isDefault: boolean;
  /** The index by which the account is found; null for a value that is no identifier. */
  readonly identifier: Identifier | null;
}

/** The fault of one of the values. */
export interface ValueProblem {
  /** Position in the list that was checked. */
  readonly index: number;
  /** A member of an address, `label`, or null for the value itself. */
  readonly member: string | null;
  readonly code: string;
}

/** All values of one new account, or everything that is wrong with them; by the same rules as {@link addAttribute}. */
export function checkImportedValues(
  claims: ClaimCatalogue,
  values: readonly ImportedValue[],
): { readonly checked: readonly CheckedValue[] } | { readonly problems: readonly ValueProblem[] } {
  const problems: ValueProblem[] = [];
  const kept: { readonly definition: ClaimDefinition; readonly value: ImportedValue }[] = [];
  for (const [index, given] of values.entries()) {
    try {
      const definition = editableDefinition(claims, given.claim);
      const value = {
        ...given,
        value: checkValue(definition, given.value),
        label: checkLabel(given.label),
      };
      const others = kept.filter((other) => other.definition === definition);
      const code = unfit({
        definition,
        value,
        others: others.map((other) => other.value),
        kept: kept.length,
      });
      if (code !== null) problems.push({ index, member: null, code });
      kept.push({ definition, value });
    } catch (error) {
      problems.push(...problemsOf(error, index));
    }
  }
  if (problems.length > 0) return { problems };
  return {
    checked: kept.map((one) =>
      finish(
        one,
        kept.map(({ value }) => value),
      ),
    ),
  };
}

interface Fitting {
  readonly definition: ClaimDefinition;
  readonly value: ImportedValue;
  readonly others: readonly ImportedValue[];
  readonly kept: number;
}

function unfit({ definition, value, others, kept }: Fitting): string | null {
  const most = definition.isMultiple ? MOST_PER_CLAIM : 1;
  if (others.length >= most || kept >= MOST_PER_ACCOUNT) return 'too_many_values';
  if (others.some((other) => isSameValue(definition.kind, other.value, value.value)))
    return 'value_exists';
  return value.isVerified && !definition.isVerifiable ? 'claim_not_verifiable' : null;
}

function problemsOf(error: unknown, index: number): ValueProblem[] {
  if (!isAppError(error)) throw error;
  return Object.entries(error.fields ?? { value: error.code }).map(([field, code]) => ({
    index,
    member: field === 'value' || field === 'claim' ? null : field,
    code,
  }));
}

/** The first proven value of a claim is the default, or the first one when none is. */
function finish(
  { definition, value }: { definition: ClaimDefinition; value: ImportedValue },
  all: readonly ImportedValue[],
): CheckedValue {
  const ofClaim = all.filter(({ claim }) => claim === value.claim);
  const first = ofClaim.find(({ isVerified }) => isVerified) ?? ofClaim[0];
  const { kind } = definition;
  return { ...value, isDefault: first === value, identifier: identifierOf(kind, value) };
}

/** A username is its owner's without a proof; an address has to be proven. */
function identifierOf(
  kind: ClaimDefinition['kind'],
  { value, isVerified }: ImportedValue,
): Identifier | null {
  if (typeof value !== 'string') return null;
  const isOne =
    kind === 'username' || (isVerified && (kind === 'email' || kind === 'phone_number'));
  return isOne ? { kind, value } : null;
}

/** One new account, whose row exists already. */
export interface ImportedAccountValues {
  readonly accountId: string;
  readonly values: readonly CheckedValue[];
}

/**
 * Makes the keys of new accounts and stores their values, in a handful of statements for any number of accounts.
 * @returns the accounts of which another account has an address by now: their rows have to be removed.
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
  const store = createVaultImportStore(tx);
  await createAccountKeyStore(tx).insertMany(
    rows.map(({ accountId, key }) => ({ accountId, ...key, createdAt })),
  );
  await store.insertAttributes(rows.flatMap(({ attributes }) => attributes));
  const identifiers = rows.flatMap((row) => row.identifiers);
  const claimed = await store.claimIdentifiers(identifiers);
  return new Set(
    identifiers.filter((row) => !claimed.has(row.attributeId)).map(({ accountId }) => accountId),
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
  if (sealer === null) throw new Error('the leaf of a new key is gone');
  const identifiers: IdentifierRow[] = [];
  const attributes = values.map(({ claim, value, label, isVerified, isDefault, identifier }) => {
    const id = randomUUID();
    if (identifier !== null) {
      identifiers.push({
        kind: identifier.kind,
        blindIndex: identifierIndex(ctx.identifierKey, identifier),
        accountId,
        attributeId: id,
        verifiedAt: createdAt,
      });
    }
    return {
      id,
      accountId,
      claim,
      sealedValue: sealContent(sealer, { accountId, attributeId: id, claim }, { value, label }),
      isDefault,
      verifiedAt: isVerified ? createdAt : null,
      createdAt,
      updatedAt: createdAt,
    };
  });
  return { accountId, key, attributes, identifiers };
}

/** Which of these addresses belong to an account, by position. */
export async function findOwners(
  { identifierKey }: VaultContext,
  tx: Database,
  identifiers: readonly Identifier[],
): Promise<ReadonlyMap<number, string>> {
  if (identifiers.length === 0) return new Map();
  const wanted = identifiers.map((identifier) => ({
    kind: identifier.kind,
    blindIndex: identifierIndex(identifierKey, identifier),
  }));
  return createVaultImportStore(tx).findOwners(wanted);
}
