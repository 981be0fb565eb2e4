import {
  addAddressPage,
  addPicturePage,
  addUsernamePage,
  confirmAddressPage,
  choosePage,
  codePage,
  confirmPage,
  endedPage,
  forgotPage,
  type InteractionFrame,
  landingPage,
  passkeyOfferPage,
  passkeyStepPage,
  registerPage,
  resetPage,
  restorePage,
  secondStepPage,
  signInPage,
} from '../../src/interactions/interaction-views.ts';
import { SAMPLE_CREATION, SAMPLE_REQUEST } from '../authentication/passkey-options.ts';
import { addSample } from '../support/browser/page-samples.ts';

const FRAME: InteractionFrame = {
  uid: 'V1StGXR8_Z5jdHi6B-myT',
  app: { name: 'Bookshop', logo: null, host: 'bookshop.example', isOwn: false },
};
const EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';

const RULES = { shortest: 15, words: ['consentry'], isListShipped: true };
const METHODS = { hasAuthenticator: true, hasPasskeys: true };

addSample(signInPage, {
  ...FRAME,
  step: 'password',
  isRemembered: true,
  identifier: EMAIL,
  purpose: 'switch',
  canStay: true,
  passkey: SAMPLE_REQUEST,
  formErrors: { form: 'sign_in_failed' },
});

addSample(secondStepPage, {
  ...FRAME,
  step: 'recovery',
  methods: METHODS,
  formErrors: { code: 'code_wrong', form: 'busy' },
});

addSample(passkeyStepPage, { ...FRAME, passkey: SAMPLE_REQUEST, methods: METHODS });

addSample(passkeyOfferPage, { ...FRAME, creation: SAMPLE_CREATION });

addSample(registerPage, {
  rules: RULES,
  ...FRAME,
  email: EMAIL,
  name: 'Anastasia Petrova',
  username: 'anastasia',
  isUsernameRequired: false,
  formErrors: { email: 'email_invalid', password: 'password_too_short' },
});

addSample(confirmPage, {
  rules: RULES,
  ...FRAME,
  address: EMAIL,
  purpose: 'registration',
  reference: '0191c0de-0000-7000-8000-000000000000',
  isWaiting: true,
  isNotYet: true,
  formErrors: { code: 'code_wrong' },
});

addSample(forgotPage, {
  ...FRAME,
  identifier: EMAIL,
  hasSms: true,
  formErrors: null,
});

addSample(codePage, {
  ...FRAME,
  identifier: EMAIL,
  hasSms: true,
  formErrors: { identifier: 'email_invalid' },
});

addSample(resetPage, {
  rules: RULES,
  ...FRAME,
  address: EMAIL,
  purpose: 'password_reset',
  reference: '0191c0de-0000-7000-8000-000000000000',
  isWaiting: true,
  isNotYet: false,
  formErrors: { code: 'code_wrong', newPassword: 'password_too_common' },
});

addSample(addAddressPage, {
  ...FRAME,
  claim: 'email',
  phone: null,
  waiting: [{ id: '0191c0de-0000-7000-8000-000000000000', address: EMAIL }],
  value: EMAIL,
  formErrors: { value: 'value_exists' },
});

addSample(confirmAddressPage, {
  ...FRAME,
  claim: 'phone_number',
  attributeId: '0191c0de-0000-7000-8000-000000000000',
  address: '+351 912 345 678',
  formErrors: { code: 'code_wrong' },
});

addSample(addPicturePage, { ...FRAME, formErrors: { picture: 'image_too_large' } });

addSample(addUsernamePage, {
  ...FRAME,
  isForConsent: true,
  value: 'anastasia',
  formErrors: { value: 'username_taken' },
});

addSample(choosePage, {
  ...FRAME,
  signedInAs: EMAIL,
});

addSample(endedPage, {
  reason: 'answered',
  app: { name: 'Bookshop', href: 'https://bookshop.example/', host: 'bookshop.example' },
  seenHref: '/account/apps/app_1',
});

addSample(restorePage, {
  ...FRAME,
  purgeAt: new Date('2026-12-20T12:00:00Z'),
});

addSample(landingPage, { signInUrl: '/account', registerUrl: '/auth?prompt=create' });
