import {
  commonForms,
  findFault,
  foldPassword,
  wordsOf,
} from '../../../views/assets/password-rules.js';
import type { Account } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import type { BreachedPasswords } from './breached-passwords.ts';

/** The part of a password in the sign-in of its account: nothing else is needed, or a second factor is. */
export type PasswordRole = 'only_factor' | 'one_of_two_factors';

/** In characters (NIST SP 800-63B-4 §3.1.1.2). */
const SHORTEST = { only_factor: 15, one_of_two_factors: 8 } as const satisfies Record<
  PasswordRole,
  number
>;

/** Facts of an installation against which new passwords are checked. */
export interface PasswordPolicyContext {
  readonly breachedPasswords: BreachedPasswords;
  /** The name of the service; it is easy to guess. */
  readonly serviceName: string;
}

interface NewPassword {
  readonly password: string;
  /** E-mail addresses and names of the person: parts of them are easy to guess. */
  readonly personal: readonly string[];
  readonly role: PasswordRole;
}

/** The rules that a page shows beside the field for a new password. */
export interface NewPasswordRules {
  /** In characters. */
  readonly shortest: number;
  /** Words that the service itself refuses. */
  readonly words: readonly string[];
  /** The browser can check the list of known passwords, because the pages have the same list. */
  readonly isListShipped: boolean;
}

const PRODUCT = 'consentry';

/** The rules for a new password of an account. */
export function describePasswordRules(
  { breachedPasswords, serviceName }: PasswordPolicyContext,
  role: PasswordRole,
): NewPasswordRules {
  return {
    shortest: SHORTEST[role],
    words: serviceWords(serviceName),
    isListShipped: breachedPasswords.isShipped,
  };
}

/** The stable code of the fault of a new password, or null. No rules about kinds of characters; spaces count. */
export function checkNewPassword(
  { breachedPasswords, serviceName }: PasswordPolicyContext,
  { password, personal, role }: NewPassword,
): string | null {
  const words = [...serviceWords(serviceName), ...wordsOf(personal)];
  const fault = findFault(password, { shortest: SHORTEST[role], words });
  if (fault !== null) return fault;
  return commonForms(password).some(breachedPasswords.has) ? 'password_common' : null;
}

/** The role of a password that was accepted for this account: as the only factor if it is strong enough for that. */
export function strongestRole(
  ctx: PasswordPolicyContext,
  entered: Omit<NewPassword, 'role'>,
): PasswordRole {
  const fault = checkNewPassword(ctx, { ...entered, role: 'only_factor' });
  return fault === null ? 'only_factor' : 'one_of_two_factors';
}

/** The role that a new password of this account may have. */
export function allowedRole({
  secondFactorSince,
}: Pick<Account, 'secondFactorSince'>): PasswordRole {
  return secondFactorSince === null ? 'only_factor' : 'one_of_two_factors';
}

/** @throws AppError `password_invalid`, with the fault of the password at `field`. */
export function requireAcceptablePassword(
  ctx: PasswordPolicyContext,
  { field, ...entered }: NewPassword & { readonly field: 'password' | 'newPassword' },
): void {
  const fault = checkNewPassword(ctx, entered);
  if (fault === null) return;
  const { shortest } = describePasswordRules(ctx, entered.role);
  throw new AppError('invalid', 'password_invalid', {
    fields: { [field]: fault },
    values: { shortest },
  });
}

// The whole name, because its parts may be common words such as "account".
function serviceWords(name: string): readonly string[] {
  const folded = foldPassword(name);
  const names = [folded, folded.replaceAll(/\s/g, '')].filter((word) => [...word].length >= 4);
  return [...new Set([PRODUCT, ...names])];
}
