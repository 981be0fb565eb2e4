import { alertPage, deadAlertPage } from '../../src/authentication/alerts/alert-views.ts';
import {
  deadLinkPage,
  linkConfirmedPage,
  linkPage,
} from '../../src/authentication/proofs/link-views.ts';
import { mailPage } from '../../src/authentication/proofs/mail-views.ts';
import {
  addAddressPage,
  confirmAddressPage,
  passwordPage,
  securityPage,
} from '../../src/authentication/sign-in/security-views.ts';
import { drawQrCode } from '../../src/authentication/second-factors/qr-code.ts';
import { createRecoveryCodes } from '../../src/authentication/second-factors/recovery-code.ts';
import {
  authenticatorPage,
  recoveryCodesPage,
  removeAuthenticatorPage,
} from '../../src/authentication/second-factors/second-factor-views.ts';
import {
  addPasskeyPage,
  passkeyPage,
  removePasskeyPage,
  secondStepRequirementPage,
} from '../../src/authentication/passkeys/passkey-views.ts';
import { SAMPLE_CREATION } from './passkey-options.ts';
import { addSample } from '../support/browser/page-samples.ts';

const EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';
const RULES = { shortest: 15, words: ['consentry'], isListShipped: true };

const PASSKEY = {
  id: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a11',
  name: 'The security key with the blue cord in the second drawer',
  storage: 'device',
  createdAt: new Date('2026-11-02T08:30:00Z'),
  lastUsedAt: null,
  blockedAt: new Date('2026-11-20T12:00:00Z'),
} as const;

addSample(securityPage, {
  passwordChangedAt: new Date('2026-11-01T08:30:00Z'),
  emails: [EMAIL, 'ana@example.org'],
  phones: ['+442079460018'],
  usernames: ['anastasia.petrova'],
  lastSignInAt: new Date('2026-11-20T12:00:00Z'),
  passkeys: [
    {
      id: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
      name: 'Google Password Manager',
      storage: 'synced',
      createdAt: new Date('2026-11-02T08:30:00Z'),
      lastUsedAt: new Date('2026-11-20T12:00:00Z'),
      blockedAt: null,
    },
    PASSKEY,
  ],
  secondFactors: {
    since: new Date('2026-11-02T08:30:00Z'),
    isRequired: true,
    authenticator: {
      createdAt: new Date('2026-11-02T08:30:00Z'),
      lastUsedAt: new Date('2026-11-20T12:00:00Z'),
    },
    unusedRecoveryCodes: 9,
    trustedBrowsers: 2,
  },
});
addSample(authenticatorPage, {
  qr: drawQrCode(
    'otpauth://totp/Consentry:ana%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Consentry',
  ),
  uri: 'otpauth://totp/Consentry:ana%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Consentry',
  secret: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
  formErrors: { code: 'code_wrong' },
});
addSample(removeAuthenticatorPage, {});
addSample(addPasskeyPage, {
  creation: SAMPLE_CREATION,
  formErrors: { form: 'passkey_refused' },
});
addSample(passkeyPage, {
  passkey: PASSKEY,
  name: PASSKEY.name,
  formErrors: { name: 'value_too_long' },
});
addSample(removePasskeyPage, { passkey: PASSKEY, isLastFactor: true });
addSample(secondStepRequirementPage, {
  isRequired: true,
  hasAuthenticator: false,
  formErrors: { form: 'passkey_missing' },
});
addSample(recoveryCodesPage, { codes: createRecoveryCodes(), unused: 10 });
addSample(passwordPage, {
  hasPassword: true,
  email: EMAIL,
  rules: RULES,
  formErrors: { currentPassword: 'password_wrong', newPassword: 'password_common', form: 'busy' },
});
addSample(addAddressPage, {
  kind: 'emails',
  action: '/account/emails/add',
  cancelHref: '/account',
  canConfirm: true,
  value: EMAIL,
  label: 'work',
  countries: [{ value: 'GB', label: 'United Kingdom (+44)' }],
  country: 'GB',
  formErrors: { value: 'value_exists', label: 'value_too_long' },
});
addSample(confirmAddressPage, {
  kind: 'emails',
  confirmAction: '/account/emails/5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10/confirm',
  sendAction: '/account/emails/5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10/code',
  cancelHref: '/account',
  address: EMAIL,
  isWaiting: true,
  formErrors: { code: 'code_wrong' },
});
addSample(linkPage, {
  purpose: 'registration',
  use: 'choose_password',
  email: EMAIL,
  interactionUid: null,
  signsIn: false,
  rules: RULES,
  link: 'nQ2-KJ6o5i0k1ZBbA7cEJX2cQm4rWc0o3sV1mXh9T5Y',
  formErrors: { newPassword: 'password_too_short' },
});
addSample(linkConfirmedPage, {
  purpose: 'registration',
  use: 'done',
  email: EMAIL,
  interactionUid: null,
  signsIn: false,
});
addSample(deadLinkPage, { reason: 'elsewhere_attribute' });
addSample(mailPage, {
  subject: '123456 is your code',
  before: ['A person wants to use this address.'],
  code: '123456',
  after: ['It works for 10 minutes.'],
  link: { href: 'https://id.example.org/account', label: 'Open your account' },
  origin: 'https://id.example.org',
  service: 'Consentry',
  serviceLogo: 'cid:service-logo',
  appLogo: 'cid:app-logo',
});

addSample(alertPage, {
  link: 'sample',
  kind: 'new-device',
  happenedAt: new Date('2026-11-20T12:00:00Z'),
  isReported: false,
});
addSample(deadAlertPage, {});
