import { historyPage } from '../../src/activity/history-views.ts';
import { readsByAppPage, readsByValuePage } from '../../src/activity/reads-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

addSample(historyPage, {
  groups: [
    {
      day: new Date('2026-11-20T09:00:00Z'),
      lines: [
        {
          type: 'reads',
          at: new Date('2026-11-20T09:00:00Z'),
          firstAt: new Date('2026-11-20T02:00:00Z'),
          count: 1234,
          clientId: 'bookshop',
          app: { name: 'Bookshop', logo: '/app-logos/x/webp' },
          appName: 'Bookshop',
          channel: 'userinfo',
          seen: [
            { claim: 'name', title: 'Full name', isOneOfSeveral: false },
            { claim: 'favourite_shelf', title: 'Favourite shelf', isOneOfSeveral: false },
          ],
          values: ['Anastasia Konstantinopolskaya-Petrova', 'ana@work.example'],
          hasDeleted: true,
          reads: [
            { at: new Date('2026-11-20T09:00:00Z'), ip: '192.0.2.17' },
            { at: new Date('2026-11-20T02:00:00Z'), ip: '2001:db8:1234:5678:9abc:def0:1234:5678' },
          ],
        },
        {
          type: 'reads',
          at: new Date('2026-11-19T21:00:00Z'),
          firstAt: new Date('2026-11-19T21:00:00Z'),
          count: 1,
          clientId: 'x',
          app: { name: 'An app whose makers gave it a rather long name indeed', logo: null },
          appName: 'An app whose makers gave it a rather long name indeed',
          channel: 'id_token',
          seen: [{ claim: 'name', title: 'Full name', isOneOfSeveral: false }],
          values: [],
          hasDeleted: false,
          reads: [{ at: new Date('2026-11-19T21:00:00Z'), ip: null }],
        },
        {
          type: 'decision',
          at: new Date('2026-11-19T20:59:00Z'),
          kind: 'allowed',
          wording: 'allowed',
          app: { name: 'Bookshop', logo: null },
          clientId: 'bookshop',
          appName: 'Bookshop',
          shared: ['Full name', 'E-mail'],
          refused: ['Date of birth'],
          dropped: [],
        },
        {
          type: 'security',
          at: new Date('2026-11-19T20:58:00Z'),
          kind: 'sign_in.succeeded',
          app: null,
          appName: '',
          titles: [],
          values: [],
          pictures: [],
          ip: '2001:db8:1234:5678:9abc:def0:1234:5678',
          device: 'Samsung Internet, Android',
          factors: ['password', 'code'],
          isBad: false,
        },
        {
          type: 'security',
          at: new Date('2026-11-19T20:57:00Z'),
          kind: 'sign_in.failed',
          app: null,
          appName: '',
          titles: [],
          values: [],
          pictures: [],
          ip: '192.0.2.17',
          device: 'Firefox, Windows',
          factors: [],
          isBad: true,
        },
        {
          type: 'security',
          at: new Date('2026-11-18T20:57:00Z'),
          kind: 'attribute.added',
          app: { name: 'Bookshop', logo: null },
          appName: 'Bookshop',
          titles: ['E-mail', 'Full name'],
          values: [
            'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org',
            'Ana',
          ],
          pictures: ['5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10'],
          ip: '',
          device: '',
          factors: [],
          isBad: false,
        },
      ],
    },
  ],
  apps: [{ value: 'bookshop', label: 'Bookshop' }],
  claims: [{ value: 'email', label: 'E-mail' }],
  selected: { app: 'bookshop', claim: '', channel: '', kind: '', from: '2026-11-01', to: '' },
  isFiltered: true,
  channels: ['id_token', 'userinfo', 'introspection', 'account_api', 'picture'],
  kinds: ['reads', 'decisions', 'access', 'account'],
  accessFiles: null,
  days: [
    { day: new Date('2026-11-19T00:00:00Z'), reads: 1 },
    { day: new Date('2026-11-20T00:00:00Z'), reads: 1234 },
  ],
  readsInAll: 1235,
  hasReads: true,
  files: {
    csv: '/api/v1/account/releases/export?format=csv',
    json: '/api/v1/account/releases/export?format=json',
  },
  olderHref: '/account/history?before=2026-11-18T20%3A57%3A00.000Z',
});

const FROM = new Date('2025-11-20T00:00:00Z');
const FILES = { csv: '/x.csv', json: '/x.json' };
const LONG_APP = { name: 'An app whose makers gave it a rather long name indeed', logo: null };

addSample(readsByAppPage, {
  from: FROM,
  rows: [
    {
      app: { name: 'Bookshop', logo: '/app-logos/x/webp' },
      href: '/account/history?app=bookshop',
      reads: 1_234,
      lastAt: new Date('2026-11-20T09:00:00Z'),
      others: ['Full name', 'E-mail', 'Address'],
    },
    {
      app: LONG_APP,
      href: '/account/history?app=x',
      reads: 1,
      lastAt: new Date('2026-01-20T09:00:00Z'),
      others: ['Full name'],
    },
  ],
  files: FILES,
});

addSample(readsByValuePage, {
  from: FROM,
  rows: [
    {
      name: 'Full name',
      href: '/account/history?claim=name',
      reads: 1_234,
      lastAt: new Date('2026-11-20T09:00:00Z'),
      others: [{ name: 'Bookshop', logo: '/app-logos/x/webp' }, LONG_APP],
    },
  ],
  files: FILES,
});
