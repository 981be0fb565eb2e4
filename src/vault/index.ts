import { deriveKey, type Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { addAttribute, type AddAttributeInput } from './attributes/add-attribute.ts';
import type {
  Attribute,
  AttributeRef,
  Identifier,
  IdentifierOwner,
} from './attributes/attribute.ts';
import { type Avatars, createAvatars } from './avatars/avatars.ts';
import { changeAttribute, type ChangeAttributeInput } from './attributes/change-attribute.ts';
import {
  checkUsername,
  type CheckUsernameInput,
  type UsernameState,
} from './usernames/check-username.ts';
import { changeClaim, type ChangeClaimInput } from './claim-catalogue/change-claim.ts';
import { createClaimCatalogue } from './claim-catalogue/claim-catalogue.ts';
import { createAccountKey } from './keys/create-account-key.ts';
import type { CustomClaim, ClaimCatalogue } from '../scopes/index.ts';
import { defineClaim, type DefineClaimInput } from './claim-catalogue/define-claim.ts';
import {
  describeAccountKey,
  destroyAccountKey,
  type KeyDescription,
} from './keys/destroy-account-key.ts';
import { listDestroyedAccounts } from './keys/list-destroyed-accounts.ts';
import { destroyDueLeaves } from './keys/destroy-due-leaves.ts';
import { findAccountSealer } from './keys/find-account-sealer.ts';
import { findIdentifier, identifierIndex } from './identifiers/find-identifier.ts';
import { findAttribute, listAttributes } from './attributes/list-attributes.ts';
import {
  findOwners,
  importValues,
  type ImportedAccountValues,
} from './attributes/import-values.ts';
import { createHeldUsernameStore } from './usernames/held-username-store.ts';
import { keepAccountKey } from './keys/keep-account-key.ts';
import { createRecords, type Records } from './records/records.ts';
import { makeDefault } from './attributes/make-default.ts';
import {
  type MarkedVerified,
  markVerified,
  type MarkVerifiedInput,
} from './attributes/mark-verified.ts';
import { removeAttribute, wasRemoved } from './attributes/remove-attribute.ts';
import { retireClaim, type RetireClaimInput } from './claim-catalogue/retire-claim.ts';
import { createRecentAttributes } from './attributes/recent-attribute-store.ts';
import { updateProfile, type UpdateProfileInput } from './attributes/update-profile.ts';
import type { VaultDeps, VaultContext } from './context.ts';

export type {
  AddressValue,
  Attribute,
  AttributeRef,
  AttributeValue,
  Identifier,
  IdentifierKind,
  IdentifierOwner,
} from './attributes/attribute.ts';
export { ValueBody, valueOf } from './attributes/attribute-schema.ts';
export type { AddAttributeInput } from './attributes/add-attribute.ts';
export {
  AVATAR_CLAIM,
  AVATAR_SIZES,
  AVATAR_TYPE,
  type AvatarRef,
  type AvatarSize,
} from './avatars/avatar.ts';
export type { AvatarFile, Avatars } from './avatars/avatars.ts';
export type { Expected, JsonValue, RecordEntry, RecordRef } from './records/record.ts';
export * from './records/record-schema.ts';
export type { Records } from './records/records.ts';
export type { ChangeAttributeInput } from './attributes/change-attribute.ts';
export { loadCustomClaims } from './claim-catalogue/claim-catalogue.ts';
export {
  checkImportedValues,
  type CheckedValue,
  type ImportedAccountValues,
  type ImportedValue,
  type ValueProblem,
} from './attributes/import-values.ts';
export type { MarkedVerified, MarkVerifiedInput } from './attributes/mark-verified.ts';
export type { TakenIdentifier } from './identifiers/transfer-identifier.ts';
export { valueLines } from './attributes/value-lines.ts';
export type { VaultDeps } from './context.ts';
export { defaultEmail, displayName } from './profile/display-name.ts';
export { provenEmail } from './identifiers/proven-email.ts';
export { normalizeEmail } from './identifiers/normalize-email.ts';
export { normalizePhone } from './identifiers/normalize-phone.ts';
export { createHttpUsernameChecker } from './usernames/http-username-checker.ts';
export type {
  CheckUsernameInput,
  UsernameChecker,
  UsernameState,
} from './usernames/check-username.ts';
export { canBecomeSignInName, isSignInName } from './identifiers/sign-in-name.ts';
export { USERNAME_CLAIM } from './usernames/reserve-username.ts';
export { parseIdentifier } from './identifiers/parse-identifier.ts';

/** Personal values, readable only through here and the one door in `claims/`. */
export interface Vault {
  /** Every claim: standard ones and those of this installation. Fresh within the bound of the change feed. */
  claims(): Promise<ClaimCatalogue>;
  /** The same, read from the database now. */
  loadClaims(): Promise<ClaimCatalogue>;
  /** See {@link defineClaim}. */
  defineClaim(input: DefineClaimInput): Promise<CustomClaim>;
  /** See {@link changeClaim}. */
  changeClaim(input: ChangeClaimInput): Promise<CustomClaim>;
  /** See {@link retireClaim}. */
  retireClaim(input: RetireClaimInput): Promise<void>;
  /** Makes the account's data key. Comes before its first value. */
  createKey(tx: Database, accountId: string): Promise<void>;
  /** The same for a temporary account. */
  createTemporaryKey(tx: Database, accountId: string): Promise<void>;
  /** See {@link keepAccountKey}: the account is not temporary any more. */
  keepKey(tx: Database, accountId: string): Promise<void>;
  /** Version and stored form of the key, for a receipt. Null when there is none. */
  describeKey(tx: Database, accountId: string): Promise<KeyDescription | null>;
  /** See {@link destroyAccountKey}. */
  destroyKey(tx: Database, accountId: string): Promise<void>;
  /** Accounts whose leaf is destroyed: purged ones that an older copy of the database has. */
  listDestroyed(): Promise<string[]>;
  /** See {@link destroyDueLeaves}. */
  destroyLeaves(signal?: AbortSignal): Promise<number>;
  /** Seals and opens data of a person in other slices by the person's own key. Null when the key was destroyed. */
  findSealer(accountId: string): Promise<Sealer | null>;
  /** All values of an account, decrypted, oldest first. */
  listAttributes(accountId: string): Promise<Attribute[]>;
  /** As `listAttributes`, as of at most the change feed's freshness bound ago: for pages that only show values. */
  recentAttributes(accountId: string): Promise<Attribute[]>;
  /** @throws AppError `attribute_not_found`. */
  findAttribute(ref: AttributeRef): Promise<Attribute>;
  /**
   * Adds a value; the first of its claim becomes the default.
   * @throws AppError `value_invalid` with `fields` (`value` or one member of an address, `label`), `value_exists`, `too_many_values`,
   * `claim_unknown`, `claim_not_editable`.
   */
  addAttribute(input: AddAttributeInput): Promise<Attribute>;
  /**
   * Changes the label, the value, or both. A proven e-mail or phone keeps its value: add another one instead.
   * @throws AppError as `addAttribute`, and `attribute_not_found`, `verified_value_fixed`.
   */
  changeAttribute(input: ChangeAttributeInput): Promise<Attribute>;
  /** See {@link updateProfile}: several claims together, or none. */
  updateProfile(input: UpdateProfileInput): Promise<void>;
  /** @throws AppError `attribute_not_found`, `last_identifier` for the only proven way to sign in. */
  removeAttribute(ref: AttributeRef): Promise<Attribute>;
  /** Was it deleted before, so that a repeated request has nothing left to do? */
  wasRemoved(ref: AttributeRef): Promise<boolean>;
  /** @throws AppError `attribute_not_found`, `value_unverified` for an e-mail or phone that is not proven. */
  makeDefault(ref: AttributeRef): Promise<void>;
  /**
   * Notes that the person has proven the value, and makes it an identifier.
   * @throws AppError `address_taken` when another account has proven it and it is not to be taken from there.
   */
  markVerified(tx: Database, input: MarkVerifiedInput): Promise<MarkedVerified>;
  /** The account that has proven this address. Spellings that reach the same mailbox are one. */
  findIdentifier(identifier: Identifier, tx?: Database): Promise<IdentifierOwner | null>;
  /** See {@link importValues}: keys and values of many new accounts. @returns the accounts that cannot be. */
  importValues(
    tx: Database,
    accounts: readonly ImportedAccountValues[],
  ): Promise<ReadonlySet<string>>;
  /** Keeps no name back that this transaction freed together with an account that never came into being. */
  releaseOwnNames(tx: Database): Promise<void>;
  /** The holders of these addresses: position -> account; addresses without an account are absent. */
  findOwners(
    tx: Database,
    identifiers: readonly Identifier[],
  ): Promise<ReadonlyMap<number, string>>;
  /** Pictures: values of the claim `picture`. */
  readonly avatars: Avatars;
  /** The records that apps keep with a person, by namespace. */
  readonly records: Records;
  /** Removes the files of an account, before or after its rows. Can be repeated. */
  removeBlobs(accountId: string): Promise<void>;
  /** See {@link checkUsername}. Callers must be limited, because it reveals which usernames exist. */
  checkUsername(input: CheckUsernameInput): Promise<UsernameState>;
  /** The keyed index of an address, for counting by address without keeping it. */
  indexIdentifier(identifier: Identifier): Buffer;
}

/** Connects the vault to its tables. */
export function createVault(deps: VaultDeps): Vault {
  const ctx: VaultContext = {
    ...deps,
    identifierKey: deriveKey(deps.blindIndexKey, 'identifiers'),
    catalogue: createClaimCatalogue(deps),
  };
  const avatars = createAvatars(ctx);
  return Object.freeze({
    claims: ctx.catalogue.current,
    loadClaims: ctx.catalogue.load,
    defineClaim: (input: DefineClaimInput) => defineClaim(ctx, input),
    changeClaim: (input: ChangeClaimInput) => changeClaim(ctx, input),
    retireClaim: (input: RetireClaimInput) => retireClaim(ctx, input),
    createKey: (tx: Database, accountId: string) => createAccountKey(ctx, tx, { accountId }),
    createTemporaryKey: (tx: Database, accountId: string) =>
      createAccountKey(ctx, tx, { accountId, isTemporary: true }),
    keepKey: (tx: Database, accountId: string) => keepAccountKey(ctx, tx, accountId),
    describeKey: (tx: Database, accountId: string) => describeAccountKey(ctx, tx, accountId),
    destroyKey: (tx: Database, accountId: string) => destroyAccountKey(ctx, tx, accountId),
    listDestroyed: () => listDestroyedAccounts(ctx),
    destroyLeaves: (signal?: AbortSignal) =>
      destroyDueLeaves({ db: ctx.db, keyStore: ctx.leaves }, signal),
    findSealer: (accountId: string) => findAccountSealer(ctx, accountId),
    listAttributes: (accountId: string) => listAttributes(ctx, accountId),
    recentAttributes: createRecentAttributes(ctx),
    findAttribute: (ref: AttributeRef) => findAttribute(ctx, ref),
    addAttribute: (input: AddAttributeInput) => addAttribute(ctx, input),
    changeAttribute: (input: ChangeAttributeInput) => changeAttribute(ctx, input),
    updateProfile: (input: UpdateProfileInput) => updateProfile(ctx, input),
    removeAttribute: (ref: AttributeRef) => removeAttribute(ctx, ref),
    wasRemoved: (ref: AttributeRef) => wasRemoved(ctx, ref),
    makeDefault: (ref: AttributeRef) => makeDefault(ctx, ref),
    markVerified: (tx: Database, input: MarkVerifiedInput) => markVerified(ctx, tx, input),
    findIdentifier: (identifier: Identifier, tx: Database = ctx.db) =>
      findIdentifier({ ...ctx, db: tx }, identifier),
    importValues: (tx: Database, accounts: readonly ImportedAccountValues[]) =>
      importValues(ctx, tx, accounts),
    releaseOwnNames: (tx: Database) => createHeldUsernameStore(tx).dropOwn(),
    findOwners: (tx: Database, identifiers: readonly Identifier[]) =>
      findOwners(ctx, tx, identifiers),
    avatars,
    records: createRecords(ctx),
    removeBlobs: avatars.removeFilesOf,
    checkUsername: (input: CheckUsernameInput) => checkUsername(ctx, input),
    indexIdentifier: (identifier: Identifier) => identifierIndex(ctx.identifierKey, identifier),
  });
}
