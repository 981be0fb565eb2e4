import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';

export interface SecurityModel {
  /** Null: the account has no password. */
  readonly passwordChangedAt: Date | null;
  /** Addresses to sign in with. */
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  readonly usernames: readonly string[];
  readonly lastSignInAt: Date | null;
}

export interface PasswordModel {
  /** For password managers: the owner of the password. */
  readonly email: string;
  readonly shortest: number;
  readonly formErrors: FormErrors | null;
}

export interface AddAddressModel {
  /** Part of the path, too. */
  readonly kind: 'emails' | 'phones';
  /** A code can be sent to it. */
  readonly canConfirm: boolean;
  readonly value: string;
  readonly label: string;
  readonly formErrors: FormErrors | null;
}

export interface ConfirmAddressModel {
  readonly kind: 'emails' | 'phones';
  readonly attributeId: string;
  readonly address: string;
  readonly formErrors: FormErrors | null;
}

const SAMPLE_EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';

/** How a person signs in. */
export const securityPage = page<SecurityModel>('authentication/security.njk', {
  passwordChangedAt: new Date('2026-11-01T08:30:00Z'),
  emails: [SAMPLE_EMAIL, 'ana@example.org'],
  phones: ['+442079460018'],
  usernames: ['anastasia.petrova'],
  lastSignInAt: new Date('2026-11-20T12:00:00Z'),
});

/** The form of a person who changes the password and has to enter the current one. */
export const passwordPage = page<PasswordModel>('authentication/password.njk', {
  email: SAMPLE_EMAIL,
  shortest: 15,
  formErrors: { currentPassword: 'password_wrong', newPassword: 'password_common', form: 'busy' },
});

/** A further e-mail or phone. */
export const addAddressPage = page<AddAddressModel>('authentication/add-address.njk', {
  kind: 'emails',
  canConfirm: true,
  value: SAMPLE_EMAIL,
  label: 'work',
  formErrors: { value: 'value_exists', label: 'value_too_long' },
});

/** The code that proves an e-mail or phone. */
export const confirmAddressPage = page<ConfirmAddressModel>('authentication/confirm-address.njk', {
  kind: 'emails',
  attributeId: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  address: SAMPLE_EMAIL,
  formErrors: { code: 'code_wrong' },
});
