import { sitePath } from '../../src/http/pages/site-path.ts';
import { addPicturePage } from '../../src/vault/avatars/avatar-page-routes.ts';
import {
  profilePage,
  removePage,
  type ProfileClaim,
} from '../../src/vault/profile/profile-views.ts';
import { fieldsOf, valueFormPage } from '../../src/vault/profile/value-form-views.ts';
import {
  recordPage,
  recordsPage,
  removeRecordPage,
  type NamespaceView,
} from '../../src/vault/records/record-views.ts';
import { usernamePage } from '../../src/vault/usernames/username-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

const VALUE: ProfileClaim['values'][number] = {
  id: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  lines: ['anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org'],
  label: 'work',
  country: 'United Kingdom',
  readers: [
    { name: 'Bookshop', href: sitePath`/account/apps/bookshop`, isPaused: false },
    { name: 'Weather', href: sitePath`/account/apps/weather`, isPaused: true },
  ],
  isVerified: true,
  isSignInName: true,
  isVerifiable: true,
  isDefault: true,
  hasSiblings: true,
};

const EMAIL: ProfileClaim = {
  name: 'email',
  title: 'E-mail',
  description: 'An address where you can read e-mail.',
  icon: 'mail',
  addHref: sitePath`/account/emails/add`,
  canAdd: true,
  isRetired: false,
  values: [VALUE, { ...VALUE, isVerified: false, isDefault: false, label: null }],
};

addSample(profilePage, {
  name: 'Anastasia Konstantinopolskaya-Petrova',
  pictures: {
    ...EMAIL,
    name: 'picture',
    values: [{ ...VALUE, lines: [], isVerifiable: false, readers: [] }],
  },
  groups: (['name', 'contact', 'place', 'about', 'other'] as const).map((id) => ({
    id,
    filled: [
      { ...EMAIL, name: id === 'contact' ? 'email' : `email_${id}` },
      { ...EMAIL, name: `name_${id}`, values: [{ ...VALUE, isVerifiable: false }] },
      { ...EMAIL, name: `shoe_size_${id}`, isRetired: true, canAdd: false },
    ],
    empty: [EMAIL],
  })),
  isEmpty: false,
  hasSms: true,
  isCheckUpDue: true,
});
addSample(valueFormPage, {
  claim: 'address',
  kind: 'address',
  title: 'Home address',
  description: 'Where letters and parcels reach you.',
  isMultiple: true,
  action: sitePath`/account/values/add/address`,
  cancelHref: sitePath`/account`,
  attributeId: null,
  isFixed: false,
  shown: [],
  form: fieldsOf({ value: 'x', street_address: '1 Long Street', locality: 'Riga' }, null),
  formErrors: { street_address: 'value_too_long', label: 'value_too_long' },
  date: { order: ['day', 'month', 'year'], months: ['January', 'February'] },
  timeZones: [],
  countries: [{ value: 'Portugal', label: 'Portugal' }],
  phone: null,
  choices: [{ value: 'short', label: 'Short' }],
  isWhole: false,
  limits: [{ kind: 'min', value: '3' }],
});
addSample(removePage, {
  attributeId: VALUE.id,
  claim: 'email',
  title: 'E-mail',
  lines: VALUE.lines,
  readers: ['Bookshop', 'Weather'],
  isLast: false,
  isSignIn: true,
  action: `/account/emails/${VALUE.id}/remove`,
});
addSample(addPicturePage, {
  action: '/account/pictures/add',
  cancelHref: '/account',
  label: 'work',
  formErrors: { picture: 'image_kind_unsupported', label: 'value_too_long' },
});
addSample(usernamePage, {
  action: '/account/usernames/add',
  cancelHref: '/account',
  username: 'anastasia.konstantinopolskaya',
  label: 'games',
  found: {
    state: 'free',
    problem: null,
    services: [
      { name: 'Example Social', state: 'taken' },
      { name: 'Example Games', state: 'unknown' },
      { name: 'Example Chat', state: 'free' },
    ],
  },
  formErrors: { label: 'value_too_long' },
});

const RECORD_HREF = `/account/records/reading-lists/${'0'.repeat(64)}`;
const RECORD: NamespaceView['records'][number] = {
  key: 'books-that-i-would-like-to-read-before-the-end-of-this-year',
  href: RECORD_HREF,
  parts: [
    { name: 'title', text: 'The Count of Monte Cristo', answer: null },
    { name: 'pages', text: '1276', answer: null },
    { name: 'authors 1', text: 'Alexandre Dumas', answer: null },
    { name: 'has been read', text: '', answer: 'yes' },
  ],
  isCut: true,
  by: 'Night Library',
  updatedAt: new Date('2026-11-20T12:00:00Z'),
};

addSample(recordsPage, {
  namespaces: [
    {
      namespace: 'reading-lists',
      title: 'Your reading lists',
      records: [RECORD, { ...RECORD, key: 'shelf', by: null }],
    },
  ],
});
addSample(recordPage, {
  namespace: 'reading-lists',
  key: RECORD.key,
  text: '{\n  "pages": 1276\n}',
  version: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  action: RECORD_HREF,
  removeHref: `${RECORD_HREF}/remove`,
  formErrors: { text: 'record_not_json' },
});
addSample(removeRecordPage, {
  namespace: 'reading-lists',
  key: RECORD.key,
  action: `${RECORD_HREF}/remove`,
});
