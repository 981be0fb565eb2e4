import { appPreviewPage } from '../../src/connected-apps/app-preview-routes.ts';
import { checkUpPage } from '../../src/connected-apps/check-up-views.ts';
import { appHref, connectedAppsPage } from '../../src/connected-apps/app-list-views.ts';
import {
  connectedAppPage,
  endAppPage,
  presentEndApp,
  type ConnectedItemView,
} from '../../src/connected-apps/connected-app-views.ts';
import { formerAppPage } from '../../src/connected-apps/former-app-views.ts';
import { sitePath, withQuery } from '../../src/http/pages/site-path.ts';
import { englishReader } from '../support/browser/english-reader.ts';
import { addSample } from '../support/browser/page-samples.ts';

const LONG_EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';
const app = {
  clientId: 'bookshop',
  name: 'Bookshop',
  logo: null,
  isVerified: true,
  clientUri: 'https://bookshop.example',
  openUri: 'https://bookshop.example',
  since: new Date('2026-03-02T09:12:00Z'),
  lastReadAt: new Date('2026-11-17T18:40:00Z'),
  suspendedAt: new Date('2026-11-19T06:00:00Z'),
  suspendedFor: 'unused',
} as const;

const email: ConnectedItemView = {
  claim: 'email',
  title: 'E-mail',
  icon: 'mail',
  state: 'shared',
  lines: [LONG_EMAIL],
  label: 'work',
  isVerified: true,
  addHref: withQuery(sitePath`/account/emails/add`, { app: 'bookshop' }),
  isOpen: true,
  purpose: 'To send your receipts and to tell you when a parcel is on its way.',
  isEssential: true,
  expiresAt: null,
  isOnce: false,
  lastReadAt: app.lastReadAt,
  choices: [
    { value: 'b1', label: LONG_EMAIL, note: 'work', isVerified: true },
    { value: 'b2', label: 'ana@home.example', note: 'home', isVerified: true },
  ],
  selected: 'b1',
  durations: ['30_days', '1_year', 'until_withdrawn'],
  selectedDuration: 'until_withdrawn',
  action: '/account/apps/bookshop/items/email',
  error: 'attribute_not_verified',
};

const address: ConnectedItemView = {
  ...email,
  claim: 'address',
  title: 'Address',
  icon: 'home',
  lines: [
    '12 Very Long Street Name of the Old Town, flat 117',
    '190000 Saint Petersburg',
    'Russia',
  ],
  label: '',
  isVerified: false,
  purpose: null,
  isEssential: false,
  expiresAt: new Date('2026-12-20T00:00:00Z'),
  lastReadAt: null,
  choices: [
    {
      value: 'd1',
      label: '12 Very Long Street Name, 190000 Saint Petersburg',
      note: '',
      isVerified: false,
    },
  ],
  selected: 'd1',
  action: '/account/apps/bookshop/items/address',
  isOpen: false,
  error: null,
};

const decided = ['refused', 'expired', 'spent', 'deleted'] as const;
const states = [...decided, 'not_asked', 'nothing', 'unconfirmed', 'added'] as const;

const seen = (claim: string, isOneOfSeveral = false) => ({
  claim,
  title: 'Favourite shelf',
  isOneOfSeveral,
});

const row = {
  ...app,
  host: 'bookshop.example',
  href: appHref('bookshop'),
  endHref: sitePath`/account/apps/bookshop/end`,
} as const;

addSample(connectedAppsPage, {
  query: 'shop',
  isCheckUpDue: true,
  ending: { boundSeconds: 1, lastMilliseconds: 34, measuredAt: new Date('2026-01-20T11:58:00Z') },
  total: 14,
  apps: [
    {
      ...row,
      suspendedAt: null,
      seen: [seen('name'), seen('email', true), seen('address'), seen('favourite_shelf')],
      lasting: { kind: 'part_until', at: new Date('2027-03-02T09:12:00Z') },
    },
    {
      ...row,
      name: 'An app whose makers gave it a rather long name indeed',
      logo: null,
      isVerified: false,
      lastReadAt: null,
      suspendedAt: null,
      seen: [],
      lasting: { kind: 'none', at: null },
    },
    { ...row, seen: [seen('name')], lasting: { kind: 'until_ended', at: null } },
  ],
  former: [
    {
      name: 'Weather',
      logo: null,
      host: 'weather.example',
      href: appHref('weather'),
      endedAt: new Date('2026-06-02T09:12:00Z'),
    },
  ],
});

addSample(formerAppPage, {
  app: {
    name: 'Weather',
    clientId: 'weather',
    logo: null,
    isVerified: false,
    clientUri: 'https://weather.example',
    openUri: 'https://weather.example/sign-in?iss=https%3A%2F%2Fid.example',
    since: app.since,
    endedAt: new Date('2026-06-02T09:12:00Z'),
    contact: 'privacy@weather.example',
    policyUri: null,
    isOneDay: false,
    canConnectAgain: true,
    isDeleted: false,
  },
  read: [
    { title: 'E-mail', icon: 'mail', lastReadAt: new Date('2026-06-01T09:12:00Z') },
    { title: 'Full name', icon: 'person', lastReadAt: new Date('2026-03-02T09:13:00Z') },
  ],
  events: [
    {
      at: new Date('2026-06-02T09:12:00Z'),
      kind: 'withdrawn',
      wording: 'withdrawn',
      appName: 'Weather',
      shared: [],
      refused: [],
      dropped: [],
    },
  ],
  historyHref: '/account/history?app=weather',
  receiptsHref: '/account/receipts?app=weather',
});

addSample(connectedAppPage, {
  app: {
    ...app,
    contact: 'privacy@bookshop.example',
    policyUri: 'https://bookshop.example/privacy',
  },
  items: [email, address],
  notShared: states.map((state, index) => ({
    ...address,
    state,
    claim: `claim${String(index)}`,
    title: 'Date of birth',
    icon: 'calendar',
    lines: [],
    choices: index >= 3 ? [] : address.choices,
    selected: 'refuse',
  })),
  permissions: [
    {
      scope: 'account:read',
      title: 'Read your whole account',
      description: 'See everything in your account: all your details, connected apps and history.',
      sensitivity: 'high',
    },
  ],
  isOffline: true,
  notYetRequested: [seen('birthdate'), seen('favourite_shelf')],
  reads: [
    { at: app.lastReadAt, count: 3, channel: 'userinfo', titles: ['Full name', 'E-mail'] },
    { at: app.since, count: 1, channel: 'id_token', titles: ['Full name'] },
  ],
  resumeAction: '/account/apps/bookshop/resume',
  preview: {
    userinfo: JSON.stringify({ sub: 'a1', email: LONG_EMAIL, email_verified: true }, null, 2),
    idToken: null,
  },
  answer: {
    rows: [
      { claim: 'email', title: 'E-mail', lines: [LONG_EMAIL], isConfirmed: true },
      { claim: 'website', title: 'Website', lines: ['https://ana.example/'], isConfirmed: null },
    ],
    special: ['sub', 'updated_at', 'picture'],
  },
  events: [
    {
      at: new Date('2026-11-01T10:00:00Z'),
      kind: 'changed',
      wording: 'changed',
      appName: 'Bookshop',
      shared: ['E-mail'],
      refused: [],
      dropped: [],
    },
    {
      at: app.since,
      kind: 'allowed',
      wording: 'allowed',
      appName: 'Bookshop',
      shared: ['Full name', 'E-mail'],
      refused: ['Date of birth'],
      dropped: [],
    },
  ],
  historyHref: '/account/history?app=bookshop',
  receiptsHref: '/account/receipts?app=bookshop',
  endHref: '/account/apps/bookshop/end',
});

addSample(endAppPage, presentEndApp(app, englishReader).model);

addSample(appPreviewPage, {
  app: {
    id: 'bookshop',
    name: 'Bookshop',
    logo: null,
    type: 'web',
    status: 'active',
    isHeld: false,
    isVerified: false,
    usesSecret: true,
    hasSignOutNotices: false,
    createdAt: new Date('2026-11-17T09:41:00Z'),
    updatedAt: new Date('2026-11-17T09:41:00Z'),
  },
  basis: 'everything',
  preview: {
    userinfo: JSON.stringify(
      { sub: 'a1', email: 'ana@example.org', email_verified: true },
      null,
      2,
    ),
    idToken: JSON.stringify({ sub: 'a1', aud: 'bookshop' }, null, 2),
  },
  missing: ['Phone'],
});

addSample(checkUpPage, {
  rows: [
    {
      title: 'Read your whole account',
      icon: 'key',
      lines: [],
      purpose: 'See everything in your account: all your details, connected apps and history.',
      appName: 'Bookshop',
      logo: '/app-logos/x/webp',
      appHref: appHref('bookshop'),
      isSensitive: true,
      isPermission: true,
      lastReadAt: null,
      stopAction: null,
      endHref: '/account/apps/bookshop/end',
    },
    {
      title: 'E-mail',
      icon: 'mail',
      lines: ['anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org'],
      purpose: 'To send your receipts.',
      appName: 'An app whose makers gave it a rather long name indeed',
      logo: null,
      appHref: appHref('x'),
      isSensitive: false,
      isPermission: false,
      lastReadAt: new Date('2026-03-01T10:00:00Z'),
      stopAction: '/account/check-up/apps/x/items/email',
      endHref: '/account/apps/x/end',
    },
  ],
  checkedAt: new Date('2025-10-01T10:00:00Z'),
  isDue: true,
});
