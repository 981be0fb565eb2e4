/** authentication: ways for a person to prove their identity. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { describeAlert, disownEvent } from './alerts/disown-event.ts';
import { type AuthenticationDeps, createContext } from './context.ts';
import { changePassword } from './passwords/change-password.ts';
import { finishPasswordReset } from './passwords/finish-password-reset.ts';
import { importPasswords } from './passwords/import-passwords.ts';
import { describePasswordRules } from './passwords/password-policy.ts';
import { createPasswordStore } from './passwords/password-store.ts';
import { describeOwnPasswordRules } from './passwords/require-for-account.ts';
import { setFirstPassword } from './passwords/set-first-password.ts';
import { setInitialPassword } from './passwords/set-initial-password.ts';
import { startPasswordReset } from './passwords/start-password-reset.ts';
import { confirmAttribute, requestAttributeCode } from './proofs/confirm-attribute.ts';
import { confirmLink, describeLink } from './proofs/confirm-link.ts';
import { findRequestedCode, hasAttributeCode } from './proofs/find-requested-code.ts';
import { requestSignInCode } from './proofs/request-sign-in-code.ts';
import { resendCode } from './proofs/resend-code.ts';
import { addPasskey, startPasskey } from './passkeys/add-passkey.ts';
import { removePasskey, renamePasskey } from './passkeys/change-passkey.ts';
import { listPasskeys } from './passkeys/list-passkeys.ts';
import { signInByPasskey, startPasskeySignIn } from './passkeys/sign-in-by-passkey.ts';
import { purgeAuthentication } from './purge-authentication.ts';
import { confirmRegistration, signInByLink } from './registration/confirm-registration.ts';
import { createAdministrator } from './registration/create-administrator.ts';
import { register } from './registration/register.ts';
import { describeRestoring, restoreAccount } from './registration/restore-account.ts';
import { completeSecondStep } from './second-factors/complete-second-step.ts';
import { confirmTotp, describeTotp, startTotp } from './second-factors/enrol-totp.ts';
import { listSecondFactors } from './second-factors/list-second-factors.ts';
import {
  completePasskeyStep,
  describeSecondStep,
  startPasskeyStep,
} from './second-factors/passkey-step.ts';
import { replaceRecoveryCodes } from './second-factors/recovery-codes.ts';
import { endBrowserTrust, removeTotp } from './second-factors/remove-totp.ts';
import {
  requireSecondStep,
  stopRequiringSecondStep,
} from './second-factors/require-second-step.ts';
import { blockAccount, unblockAccount } from './sign-in/block-account.ts';
import { signIn } from './sign-in/sign-in.ts';

export type { AuthenticationDeps } from './context.ts';
export { openBreachedPasswords } from './passwords/breached-passwords.ts';
export { buildPasswordList } from './passwords/build-password-list.ts';
export type { PasskeyCreation } from './passkeys/add-passkey.ts';
export type { PasskeyRequest } from './passkeys/sign-in-by-passkey.ts';
export type { SecondStepMethods } from './second-factors/passkey-step.ts';
export { passkeyNameContext, type Passkey } from './passkeys/passkey.ts';
export { relyingPartyOf } from './passkeys/relying-party.ts';
export { isImportableHash } from './passwords/import-passwords.ts';
export { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts';
export type { NewPasswordRules, PasswordPolicyContext } from './passwords/password-policy.ts';
export {
  checkPeppers,
  type PasswordPeppers,
  registerPeppers,
} from './passwords/password-peppers.ts';
export { addressContext } from './proofs/issue-code.ts';
export { totpContext } from './second-factors/totp-store.ts';
export type { RequestedCode } from './proofs/find-requested-code.ts';
export type { Proof } from './proofs/proof.ts';
export type { DeletedAccount } from './registration/restore-account.ts';
export type {
  CompletedOutcome,
  RequiredProof,
  SecondStepNeeded,
  SignInOutcome,
} from './sign-in/sign-in-outcome.ts';

/**
 * Answers, counters and work are the same for addresses with and without an account. Every operation that takes an `ip` is
 * limited by it (`rate_limited`); every one that hashes a password can answer `busy` (kind `unavailable`, with
 * `retryAfterSeconds`).
 */
export function createAuthentication(deps: AuthenticationDeps) {
  return {
    ...bindUseCases(createContext(deps), {
      signIn,
      completeSecondStep,
      listSecondFactors,
      startTotp,
      describeTotp,
      confirmTotp,
      removeTotp,
      replaceRecoveryCodes,
      endBrowserTrust,
      requireSecondStep,
      stopRequiringSecondStep,
      describeSecondStep,
      startPasskeyStep,
      completePasskeyStep,
      listPasskeys,
      startPasskey,
      addPasskey,
      renamePasskey,
      removePasskey,
      startPasskeySignIn,
      signInByPasskey,
      describeRestoring,
      restoreAccount,
      register,
      confirmRegistration,
      signInByLink,
      requestSignInCode,
      findRequestedCode,
      resendCode,
      startPasswordReset,
      finishPasswordReset,
      changePassword,
      setFirstPassword,
      describePasswordRules,
      describeOwnPasswordRules,
      requestAttributeCode,
      hasAttributeCode,
      confirmAttribute,
      describeAlert,
      disownEvent,
      describeLink,
      confirmLink,
      createAdministrator,
      blockAccount,
      unblockAccount,
      setInitialPassword,
      importPasswords,
      purgeExpired: purgeAuthentication,
    }),

    /** Null when the account has no password. */
    passwordChangedAt: createPasswordStore(deps.db).changedAt,
  };
}

export type Authentication = ReturnType<typeof createAuthentication>;
