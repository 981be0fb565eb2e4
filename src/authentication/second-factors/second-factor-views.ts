import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { QrCode } from './qr-code.ts';

interface AuthenticatorModel {
  readonly qr: QrCode;
  /** The `otpauth:` address of the picture, for an app on the same device. */
  readonly uri: string;
  /** In base32, in groups of four for typing. */
  readonly secret: string;
  readonly formErrors: FormErrors | null;
}

interface RecoveryCodesModel {
  /** New codes, which are shown once; null: only their number is known. */
  readonly codes: readonly string[] | null;
  readonly unused: number;
}

/** Setting up an authenticator app: the QR code, the key, and the field for the first code. */
export const authenticatorPage = page<AuthenticatorModel>('authentication/authenticator.njk');

/** The confirmation before the authenticator app is removed. */
export const removeAuthenticatorPage = page<object>('authentication/remove-authenticator.njk');

/** New recovery codes, or the number of those that are left. */
export const recoveryCodesPage = page<RecoveryCodesModel>('authentication/recovery-codes.njk');
