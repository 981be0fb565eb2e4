import type {
  ConnectedAppModel,
  ConnectedAppsModel,
  ConnectedItemView,
  EndAppModel,
} from './connected-app-views.ts';

const LONG_EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';

const app = {
  clientId: 'bookshop',
  name: 'Bookshop',
  isVerified: true,
  clientUri: 'https://bookshop.example',
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
  error: null,
};

const states = ['refused', 'expired', 'spent', 'deleted', 'not_asked'] as const;

export const connectedAppsSample: ConnectedAppsModel = {
  query: 'shop',
  isCheckUpDue: true,
  ending: { boundSeconds: 1, lastMilliseconds: 34, measuredAt: new Date('2026-01-20T11:58:00Z') },
  total: 14,
  apps: [
    {
      ...app,
      host: 'bookshop.example',
      href: '/account/apps/bookshop',
      claims: ['name', 'email', 'address'],
    },
    {
      clientId: 'x',
      name: 'An app whose makers gave it a rather long name indeed',
      isVerified: false,
      clientUri: null,
      host: '',
      href: '/account/apps/x',
      since: app.since,
      lastReadAt: null,
      suspendedAt: null,
      suspendedFor: null,
      claims: [],
    },
  ],
};

export const connectedAppSample: ConnectedAppModel = {
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
    choices: index === 3 ? [] : address.choices,
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
  resumeAction: '/account/apps/bookshop/resume',
  preview: {
    userinfo: JSON.stringify({ sub: 'a1', email: LONG_EMAIL, email_verified: true }, null, 2),
    idToken: null,
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
  endHref: '/account/apps/bookshop/end',
};

export const endAppSample: EndAppModel = {
  app: { clientId: 'bookshop', name: 'Bookshop' },
  action: '/account/apps/bookshop/end',
  backHref: '/account/apps/bookshop',
};
