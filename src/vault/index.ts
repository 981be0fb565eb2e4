import { bindUseCases } from '../platform/bind-use-cases.ts';
import { deriveKey } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { addAttribute, addAttributeIn } from './attributes/add-attribute.ts';
import { changeAttribute, makeDefault } from './attributes/change-attribute.ts';
import { importValues } from './attributes/import-values.ts';
import {
  findAttribute,
  listAttributes,
  listAttributesIn,
  recentAttributes,
} from './attributes/list-attributes.ts';
import { markVerified } from './attributes/mark-verified.ts';
import { removeAttribute, wasRemoved } from './attributes/remove-attribute.ts';
import { updateProfile } from './attributes/update-profile.ts';
import { addAvatar } from './avatars/add-avatar.ts';
import {
  findAvatar,
  listAvatars,
  readAvatar,
  removeAvatar,
  removeFilesOf,
  tidyFiles,
} from './avatars/avatars.ts';
import type { VaultContext, VaultDeps } from './context.ts';
import { endAddressesSince } from './identifiers/end-addresses.ts';
import {
  findIdentifier,
  findIdentifierIn,
  findOwners,
  indexIdentifier,
  ownerOf,
} from './identifiers/find-identifier.ts';
import { createIdentifierStore } from './identifiers/identifier-store.ts';
import {
  createAccountKey,
  createTemporaryAccountKey,
  makeKeyLasting,
} from './keys/create-account-key.ts';
import {
  describeAccountKey,
  destroyAccountKey,
  destroyDueLeaves,
  listDestroyedAccounts,
} from './keys/destroy-account-key.ts';
import { findAccountSealer } from './keys/find-account-sealer.ts';
import {
  countRecords,
  findRecord,
  listRecords,
  putRecord,
  removeRecord,
} from './records/records.ts';
import { recordKeyOf } from './records/sealed-record.ts';
import { checkUsername } from './usernames/check-username.ts';

export type {
  Attribute,
  AttributeRef,
  AttributeValue,
  Identifier,
} from './attributes/attribute.ts';
export {
  checkImportedValues,
  type CheckedValue,
  type ImportedValue,
} from './attributes/import-values.ts';
export {
  createRecentAttributes,
  type ReleasableAttributes,
} from './attributes/recent-attribute-store.ts';
export { valueContext } from './attributes/sealed-value.ts';
export { valueLines } from './attributes/value-lines.ts';
export {
  AVATAR_CLAIM,
  AVATAR_SIZES,
  AVATAR_TYPE,
  fileContext,
  type AvatarRef,
  type AvatarSize,
} from './avatars/avatar.ts';
export { parseIdentifier } from './identifiers/find-identifier.ts';
export { normalizeEmail } from './identifiers/normalize-email.ts';
export { describePhone, normalizePhone } from './identifiers/normalize-phone.ts';
export { phoneCountries, wholePhone } from './identifiers/typed-phone.ts';
export { provenEmail, provenEmails } from './identifiers/proven-emails.ts';
export { canBecomeSignInName, isSignInName } from './identifiers/sign-in-name.ts';
export type { TransferredIdentifier } from './identifiers/transfer-identifier.ts';
export { keyContext } from './keys/account-key.ts';
export { countUnmovedKeys, moveAccountKeys, type MoveDeps } from './keys/move-account-keys.ts';
export { defaultEmail, defaultPicture, displayName, timeZoneOf } from './profile/display-name.ts';
export type { Expected, JsonValue, RecordEntry, RecordRef } from './records/record.ts';
export { recordContext } from './records/sealed-record.ts';
export { createHttpUsernameChecker } from './usernames/http-username-checker.ts';
export { usernameFault } from './usernames/check-username.ts';
export { USERNAME_CLAIM } from './usernames/reserve-username.ts';

const USE_CASES = {
  createKey: createAccountKey,
  createTemporaryKey: createTemporaryAccountKey,
  makeKeyLasting,
  describeKey: describeAccountKey,
  destroyKey: destroyAccountKey,
  listDestroyed: listDestroyedAccounts,
  destroyLeaves: destroyDueLeaves,
  findSealer: findAccountSealer,
  listAttributes,
  listAttributesIn,
  recentAttributes,
  findAttribute,
  addAttribute,
  addAttributeIn,
  changeAttribute,
  updateProfile,
  removeAttribute,
  wasRemoved,
  makeDefault,
  markVerified,
  findIdentifier,
  findIdentifierIn,
  findOwners,
  indexIdentifier,
  ownerOf,
  endAddressesSince,
  importValues,
  checkUsername,
  /** Removes the files of an account, before or after its rows. Can be repeated. */
  removeBlobs: removeFilesOf,
};

const AVATARS = {
  add: addAvatar,
  list: listAvatars,
  find: findAvatar,
  read: readAvatar,
  remove: removeAvatar,
  tidy: tidyFiles,
};

const RECORDS = {
  find: findRecord,
  list: listRecords,
  count: countRecords,
  put: putRecord,
  remove: removeRecord,
};

/** Personal values. They can be read only through this interface and through `claims/`. */
export type Vault = ReturnType<typeof createVault>;

/** Connects the vault to its tables. */
export function createVault(deps: VaultDeps) {
  const ctx: VaultContext = {
    ...deps,
    identifierKey: deriveKey(deps.blindIndexKey, 'identifiers'),
    recordKey: recordKeyOf(deps.blindIndexKey),
  };
  return {
    ...bindUseCases(ctx, USE_CASES),
    /** Ends the quarantine of names that this transaction freed, for accounts that were not created in the end. */
    endOwnQuarantines: (tx: Database) => createIdentifierStore(tx).endOwnQuarantines(),
    /** Pictures: values of the claim `picture` that have files. */
    avatars: bindUseCases(ctx, AVATARS),
    /** The records that apps store with a person, by namespace. */
    records: bindUseCases(ctx, RECORDS),
  };
}
