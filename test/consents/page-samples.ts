import { consentPage, presentConsent, presentPreviewRows } from '../../src/consents/http.ts';
import type { ConsentPrompt } from '../../src/consents/index.ts';
import type { MissingValue } from '../../src/consents/page/consent-prompt.ts';
import { englishReader } from '../support/browser/english-reader.ts';
import { addSample } from '../support/browser/page-samples.ts';

const LONG_EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';

const option = (attributeId: string, ...lines: string[]) => ({
  attributeId,
  lines,
  label: null,
  isVerified: true,
  isDefault: true,
});

const item = {
  sensitivity: 'low',
  isEssential: false,
  missing: null,
  durations: ['once', '30_days', '1_year', 'until_withdrawn'],
  previous: null,
  isNew: true,
  changes: ['new'],
  earlierPurpose: null,
  within: null,
} as const;

/** A value that the person does not have. */
function absent(
  claim: string,
  title: string,
  kind: MissingValue['kind'],
  { isEssential = false, unverified = null as string | null } = {},
) {
  const choices = kind === 'choice' ? [{ value: 'novels', label: 'Novels' }] : [];
  const purpose = 'So that what you ordered reaches you.';
  const missing = { kind, choices, unverified };
  return { ...item, claim, title, icon: 'note', purpose, isEssential, options: [], missing };
}

/** The longest plausible prompt: every part of the page is there. */
const prompt: ConsentPrompt = {
  version: 'f0e1d2',
  app: {
    clientId: 'bookshop',
    name: 'Bookshop',
    logo: null,
    clientUri: 'https://bookshop.example',
    policyUri: 'https://bookshop.example/privacy',
    tosUri: 'https://bookshop.example/terms',
    contact: 'privacy@bookshop.example',
    isVerified: false,
  },
  risk: 'elsewhere',
  signedInAs: LONG_EMAIL,
  picture: null,
  items: [
    {
      ...item,
      claim: 'name',
      title: 'Full name',
      icon: 'person',
      purpose: 'To address you in letters and on parcels.',
      isEssential: true,
      options: [option('a1', 'Anastasia Konstantinopolskaya-Petrova')],
      changes: ['necessity', 'purpose', 'over'],
      earlierPurpose: 'To address you.',
      previous: { decision: 'share', attributeId: 'a1', duration: '1_year', expiresAt: null },
    },
    {
      ...item,
      claim: 'email',
      title: 'E-mail',
      icon: 'mail',
      purpose: 'To send your receipts and to tell you when a parcel is on its way.',
      changes: ['purpose', 'duration'],
      previous: {
        decision: 'share',
        attributeId: 'b1',
        duration: '30_days',
        expiresAt: new Date('2026-12-20T09:00:00Z'),
      },
      options: [option('b1', LONG_EMAIL), { ...option('b2', 'ana@home.example'), label: 'home' }],
    },
    {
      ...item,
      claim: 'birthdate',
      title: 'Date of birth',
      icon: 'calendar',
      purpose: null,
      sensitivity: 'high',
      within: { title: 'Age check', description: 'To see whether you may buy what is sold here.' },
      durations: ['once'],
      options: [option('c1', '12 April 1990')],
    },
    {
      ...item,
      claim: 'picture',
      title: 'Picture',
      icon: 'image',
      purpose: 'Beside your reviews.',
      options: [option('d1'), option('d2')],
    },
    absent('phone_number', 'Phone', 'phone_number', {
      isEssential: true,
      unverified: '+351 912 345 678',
    }),
    absent('address', 'Home address', 'address', { isEssential: true }),
    absent('preferred_username', 'Username', 'username', { isEssential: true }),
    absent('nickname', 'Nickname', 'nickname'),
    absent('website', 'Website', 'url'),
    absent('shelf', 'Favourite shelf', 'choice'),
    absent('updated_when', 'Never entered', null),
  ],
  permissions: [
    {
      scope: 'account:read',
      title: 'Read your whole account',
      description: 'See everything in your account: all your details, connected apps and history.',
      sensitivity: 'high',
      resourceTitle: 'Orders',
      previous: null,
      isNew: true,
    },
  ],
  isOffline: true,
  isChange: true,
  connectedSince: new Date('2026-05-03T09:00:00Z'),
  decidesEverything: false,
  canKeep: true,
  suspendedAt: null,
  suspendedFor: null,
  dropped: ['Phone', 'Address'],
  notShared: ['password', 'phone_number', 'address', 'other_values', 'other_apps'],
  technical: {
    clientId: 'bookshop',
    scopes: ['openid', 'profile', 'email', 'offline_access', 'account:read'],
    claims: ['name', 'email', 'birthdate'],
    resources: ['https://orders.example/api'],
  },
};

const place = {
  action: '/interaction/V1StGXR8_Z5jdHi6B-myT/consent',
  switchHref: '/interaction/V1StGXR8_Z5jdHi6B-myT/sign-in',
  redirectHost: 'bookshop.example',
  hasSms: true,
  formErrors: {
    birthdate: 'attribute_not_found',
    website: 'url_invalid',
    phone_number: 'value_required',
    'address.country': 'value_too_long',
    duration: 'duration_too_long',
  },
  isPreviewing: true,
  formValues: {
    'claim.email': 'b1',
    'duration.email': '30_days',
    'add.website': 'not an address',
    'scope.account:read': 'allow',
  },
};
const { model } = presentConsent(prompt, place, englishReader);
const answers = {
  userinfo: { sub: 'a1', email: LONG_EMAIL, updated_at: 1 },
  idToken: { sub: 'a1' },
};

addSample(consentPage, {
  ...model,
  preview: presentPreviewRows(answers, model.items),
});
