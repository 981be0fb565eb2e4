import { deriveKey } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { AuthenticationDeps, AuthenticationParts } from './authentication-parts.ts';
import {
  blockAccount,
  type BlockAccountInput,
  unblockAccount,
  type UnblockAccountInput,
} from './sign-in/block-account.ts';
import {
  createAdministrator,
  type CreateAdministratorInput,
} from './registration/create-administrator.ts';
import { changePassword, type ChangePasswordInput } from './passwords/change-password.ts';
import {
  confirmAttribute,
  type ConfirmAttributeInput,
  requestAttributeCode,
  type RequestAttributeCodeInput,
} from './proofs/confirm-attribute.ts';
import {
  confirmLink,
  type ConfirmedLink,
  type ConfirmLinkInput,
  describeLink,
  type LinkDescription,
  type LinkInput,
} from './proofs/confirm-link.ts';
import {
  confirmRegistration,
  type ConfirmRegistrationInput,
  signInByLink,
  type SignInByLinkInput,
} from './registration/confirm-registration.ts';
import {
  finishPasswordReset,
  type FinishPasswordResetInput,
} from './passwords/finish-password-reset.ts';
import { importPasswords, type ImportedPassword } from './passwords/import-passwords.ts';
import { createPasswordStore } from './passwords/password-store.ts';
import type { Proof } from './proofs/proof.ts';
import { purgeAuthentication } from './purge-authentication.ts';
import { register, type RegisterInput } from './registration/register.ts';
import { requestSignInCode, type RequestSignInCodeInput } from './proofs/request-sign-in-code.ts';
import { resendCode, type ResendCodeInput } from './proofs/resend-code.ts';
import { restoreAccount, type RestoreAccountInput } from './registration/restore-account.ts';
import {
  setInitialPassword,
  type SetInitialPasswordInput,
} from './passwords/set-initial-password.ts';
import { signIn, type SignInInput, type SignInResult } from './sign-in/sign-in.ts';
import { createStandInHash } from './passwords/decoy-hash.ts';
import {
  startPasswordReset,
  type StartPasswordResetInput,
} from './passwords/start-password-reset.ts';

export type { AuthenticationDeps } from './authentication-parts.ts';
export type { ChangePasswordInput } from './passwords/change-password.ts';
export type {
  ConfirmAttributeInput,
  RequestAttributeCodeInput,
} from './proofs/confirm-attribute.ts';
export type {
  ConfirmedLink,
  ConfirmLinkInput,
  LinkDescription,
  LinkInput,
  LinkUse,
} from './proofs/confirm-link.ts';
export type {
  ConfirmRegistrationInput,
  SignInByLinkInput,
} from './registration/confirm-registration.ts';
export type { Proof } from './proofs/proof.ts';
export type { FinishPasswordResetInput } from './passwords/finish-password-reset.ts';
export { isImportableHash, type ImportedPassword } from './passwords/import-passwords.ts';
export type { RegisterInput } from './registration/register.ts';
export type { RequestSignInCodeInput } from './proofs/request-sign-in-code.ts';
export type { ResendCodeInput } from './proofs/resend-code.ts';
export type { DeletedAccount, RestoreAccountInput } from './registration/restore-account.ts';
export type { SetInitialPasswordInput } from './passwords/set-initial-password.ts';
export type { SignInInput, SignInResult } from './sign-in/sign-in.ts';
export type { StartPasswordResetInput } from './passwords/start-password-reset.ts';
export { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts';
export { PASSWORD_LENGTH } from './passwords/password-policy.ts';

/**
 * Ways for a person to prove their identity. Answers, counters and work are the same for addresses with and without an
 * account. Every operation that takes an `ip` is limited by it (`rate_limited`); every one that
 * hashes a password can answer `busy` (kind `unavailable`, with `retryAfterSeconds`).
 */
export interface Authentication {
  /**
   * Recognises a person by e-mail, phone number or username, and the password. A right password of a person who has not
   * confirmed the address yet
   * gives `email_unconfirmed` and a fresh code to go on with; that of a person who deleted the account gives `deleted`.
   * @throws AppError `sign_in_failed` (kind `unauthenticated`) for everything else that does not fit,
   * `sign_in_locked` (kind `too_many`) after many wrong passwords, for known and unknown addresses alike.
   */
  signIn(input: SignInInput): Promise<SignInResult>;
  /** See {@link restoreAccount}. */
  restoreAccount(input: RestoreAccountInput): Promise<Proof>;
  /**
   * Starts an account and mails a code. For an address that already has one the answer is the same and its holder gets
   * another mail.
   * @throws AppError `registration_invalid` with `fields` `email` (`email_invalid`), `password` (`password_too_short`,
   * `password_too_long`, `password_common`, `password_personal`, `password_invalid`), `name`; `code_cooldown` (kind `too_many`).
   */
  register(input: RegisterInput): Promise<{ readonly registrationId: string }>;
  /**
   * Makes the account active and the address an identifier. @throws AppError `code_wrong` (kind `invalid`, field `code`),
   * `code_dead` (kind `gone`: too old, used, or three wrong guesses), `code_locked` (kind `too_many`), `address_taken`.
   */
  confirmRegistration(input: ConfirmRegistrationInput): Promise<Proof>;
  /** See {@link signInByLink}. @throws AppError `code_dead`. */
  signInByLink(input: SignInByLinkInput): Promise<Proof>;
  /**
   * See {@link requestSignInCode}. @throws AppError `email_invalid`, `phone_number_invalid`, `code_cooldown` (field `identifier`).
   */
  requestSignInCode(input: RequestSignInCodeInput): Promise<{ readonly registrationId: string }>;
  /**
   * Sends a new code for a registration, a sign-in or a password reset; the code before stops working.
   * @throws AppError `code_cooldown` (kind `too_many`), `code_dead`.
   */
  resendCode(input: ResendCodeInput): Promise<void>;
  /**
   * Sends a code if the e-mail or phone number belongs to an account.
   * @throws AppError `email_invalid`, `phone_number_invalid`, `code_cooldown` (field `identifier`).
   */
  startPasswordReset(input: StartPasswordResetInput): Promise<{ readonly resetId: string }>;
  /**
   * Sets the new password, lifts a lock, ends every session and grant and what is remembered of them, and mails a notice.
   * The password is checked before the code, so a weak one does not use the code up.
   * @throws AppError `password_invalid` (field `newPassword`), and the code's errors as `confirmRegistration`.
   */
  finishPasswordReset(input: FinishPasswordResetInput): Promise<{ readonly accountId: string }>;
  /**
   * Needs the current password. Ends every other session and every grant, and mails a notice.
   * @throws AppError `password_invalid` with `fields` `currentPassword` (`password_wrong`) or `newPassword`; `sign_in_locked`.
   */
  changePassword(input: ChangePasswordInput): Promise<void>;
  /** Null when the account has no password. */
  passwordChangedAt(accountId: string): Promise<Date | null>;
  /**
   * Sends a code to an e-mail or phone number of one's own, and a link beside it in a mail.
   * @throws AppError `attribute_not_found`, `already_verified`, `code_cooldown`, `claim_not_verifiable`, `sms_off`.
   */
  requestAttributeCode(input: RequestAttributeCodeInput): Promise<void>;
  /** @throws AppError the code's errors as `confirmRegistration`, `value_changed`, `address_taken`. */
  confirmAttribute(input: ConfirmAttributeInput): Promise<void>;
  /** See {@link describeLink}. */
  describeLink(input: LinkInput): Promise<LinkDescription | null>;
  /** See {@link confirmLink}. */
  confirmLink(input: ConfirmLinkInput): Promise<ConfirmedLink>;
  /** See {@link createAdministrator}. */
  createAdministrator(input: CreateAdministratorInput): Promise<string>;
  /** See {@link blockAccount}. */
  blockAccount(input: BlockAccountInput): Promise<void>;
  /** See {@link unblockAccount}. */
  unblockAccount(input: UnblockAccountInput): Promise<void>;
  /** For seeds and imports: sets the password of an account without a person at a form. @throws AppError `password_invalid`. */
  setInitialPassword(input: SetInitialPasswordInput): Promise<void>;
  /**
   * Passwords of new accounts as hashes of another system; made ours when the person signs in.
   * @throws AppError `password_hash_unknown`: see {@link isImportableHash}.
   */
  importPasswords(tx: Database, rows: readonly ImportedPassword[]): Promise<void>;
  /** Deletes codes and counters that have served. @returns how many rows. */
  purgeExpired(): Promise<number>;
}

/** Connects authentication to its tables. */
export function createAuthentication(deps: AuthenticationDeps): Authentication {
  const parts: AuthenticationParts = Object.freeze({
    ...deps,
    codeKey: deriveKey(deps.blindIndexKey, 'one-time codes'),
    failureKey: deriveKey(deps.blindIndexKey, 'sign-in failures'),
    decoyHash: createStandInHash({
      ...deps,
      key: deriveKey(deps.blindIndexKey, 'stand-in hashes'),
    }),
  });
  return Object.freeze({
    signIn: (input: SignInInput) => signIn(parts, input),
    restoreAccount: (input: RestoreAccountInput) => restoreAccount(parts, input),
    register: (input: RegisterInput) => register(parts, input),
    confirmRegistration: (input: ConfirmRegistrationInput) => confirmRegistration(parts, input),
    signInByLink: (input: SignInByLinkInput) => signInByLink(parts, input),
    requestSignInCode: (input: RequestSignInCodeInput) => requestSignInCode(parts, input),
    resendCode: (input: ResendCodeInput) => resendCode(parts, input),
    startPasswordReset: (input: StartPasswordResetInput) => startPasswordReset(parts, input),
    finishPasswordReset: (input: FinishPasswordResetInput) => finishPasswordReset(parts, input),
    changePassword: (input: ChangePasswordInput) => changePassword(parts, input),
    passwordChangedAt: (accountId: string) => createPasswordStore(parts.db).changedAt(accountId),
    requestAttributeCode: (input: RequestAttributeCodeInput) => requestAttributeCode(parts, input),
    confirmAttribute: (input: ConfirmAttributeInput) => confirmAttribute(parts, input),
    describeLink: (input: LinkInput) => describeLink(parts, input),
    confirmLink: (input: ConfirmLinkInput) => confirmLink(parts, input),
    createAdministrator: (input: CreateAdministratorInput) => createAdministrator(parts, input),
    blockAccount: (input: BlockAccountInput) => blockAccount(parts, input),
    unblockAccount: (input: UnblockAccountInput) => unblockAccount(parts, input),
    setInitialPassword: (input: SetInitialPasswordInput) => setInitialPassword(parts, input),
    importPasswords: (tx: Database, rows: readonly ImportedPassword[]) =>
      importPasswords(parts, tx, rows),
    purgeExpired: () => purgeAuthentication(parts),
  });
}
