import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { Passkey } from '../passkeys/passkey.ts';
import type { NewPasswordRules } from '../passwords/password-policy.ts';
import type { SecondFactors } from '../second-factors/list-second-factors.ts';
import type { phoneCountries } from '../../vault/index.ts';

export interface SecurityModel {
  /** Null: the account has no password. */
  readonly passwordChangedAt: Date | null;
  /** Addresses to sign in with. */
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  readonly usernames: readonly string[];
  readonly lastSignInAt: Date | null;
  readonly passkeys: readonly Passkey[];
  readonly secondFactors: SecondFactors;
}

interface PasswordModel {
  /** For password managers: the owner of the password. */
  readonly email: string;
  /** Without one there is no current password to enter. */
  readonly hasPassword: boolean;
  readonly rules: NewPasswordRules;
  readonly formErrors: FormErrors | null;
}

interface AddAddressModel {
  readonly kind: 'emails' | 'phones';
  readonly action: string;
  readonly cancelHref: string;
  /** A code can be sent to it. */
  readonly canConfirm: boolean;
  readonly value: string;
  readonly label: string;
  /** Countries of phone numbers to choose from, and the chosen or suggested one; empty for e-mails. */
  readonly countries: ReturnType<typeof phoneCountries>;
  readonly country: string;
  readonly formErrors: FormErrors | null;
}

interface ConfirmAddressModel {
  readonly kind: 'emails' | 'phones';
  /** Where the code is sent, and where a new message is requested. */
  readonly confirmAction: string;
  readonly sendAction: string;
  readonly cancelHref: string;
  readonly address: string;
  /** A code can be entered; otherwise it has to be requested first. */
  readonly isWaiting: boolean;
  readonly formErrors: FormErrors | null;
}

/** How a person signs in. */
export const securityPage = page<SecurityModel>('authentication/security.njk');

/** The form of a person who changes the password and has to enter the current one. */
export const passwordPage = page<PasswordModel>('authentication/password.njk');

/** A further e-mail or phone. */
export const addAddressPage = page<AddAddressModel>('authentication/add-address.njk');

/** The code that proves an e-mail or phone. */
export const confirmAddressPage = page<ConfirmAddressModel>('authentication/confirm-address.njk');
