import { receiptPage, receiptsPage } from '../../src/receipts/receipt-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

const LONG_NAME = 'An app whose makers gave it a rather long name indeed';
const ID = '0b7e2f64-8a3c-4f0e-9d51-6a2f5b0c9e11';
const AT = new Date('2026-11-20T09:00:00Z');

addSample(receiptsPage, {
  groups: [
    {
      clientId: 'bookshop',
      app: { name: 'Bookshop', logo: '/app-logos/x/webp' },
      appHref: '/account/apps/bookshop',
      receipts: (
        [
          'consent_withdrawn',
          'consent_handed_back',
          'consent_changed',
          'consent_kept',
          'consent_expired',
          'consent_suspended',
          'consent_resumed',
          'consent_given',
        ] as const
      ).map((state) => ({ at: AT, state, appName: 'Bookshop', href: `/account/receipts/${ID}` })),
    },
    {
      clientId: 'x',
      app: { name: LONG_NAME, logo: null },
      appHref: '/account/apps/x',
      receipts: [
        { at: AT, state: 'consent_given', appName: LONG_NAME, href: `/account/receipts/${ID}` },
      ],
    },
  ],
  isFiltered: false,
  olderHref: '/account/receipts?before=17',
});

addSample(receiptPage, {
  receiptId: ID,
  at: AT,
  state: 'consent_given',
  appName: 'Bookshop',
  logo: null,
  appHref: '/account/apps/bookshop',
  contact: 'privacy@bookshop.example',
  policyUri: 'https://bookshop.example/privacy',
  items: [
    {
      title: 'E-mail',
      isShared: true,
      isNeeded: true,
      purpose: 'To send you receipts',
      isOnce: false,
      expiresAt: null,
    },
    {
      title: 'Address',
      isShared: true,
      isNeeded: false,
      purpose: null,
      isOnce: false,
      expiresAt: new Date('2027-11-20T09:00:00Z'),
    },
    {
      title: 'Phone number',
      isShared: true,
      isNeeded: false,
      purpose: 'To reach you about this order',
      isOnce: true,
      expiresAt: null,
    },
    {
      title: 'Date of birth',
      isShared: false,
      isNeeded: false,
      purpose: 'For a present',
      isOnce: false,
      expiresAt: null,
    },
  ],
  text: {
    locale: 'en',
    lines: [
      { role: 'heading', text: 'Bookshop wants to know you' },
      { role: 'heading', text: 'Bookshop needs' },
      { role: 'item', text: 'One of your e-mail addresses' },
      { role: 'purpose', text: 'Why: To send you receipts' },
      { role: 'permission', text: 'Read your orders' },
      { role: 'note', text: 'Bookshop stays connected until you end it.' },
    ],
    hash: 'sha-256:F2PzD0vmYd3d3m0UeZc7kqg6Yc0e3FfI0vZ2oP1N8kA',
  },
  isGenuine: true,
  isLatest: true,
  keyId: 'Q9mYxk0Gk4b0l3uXb5r2sN8t6JcQ1vWzH7aE0dRfTgY',
  pseudonym: 'h3Jk9wQ2mZr8tYb1vLx0pA',
  jurisdiction: 'DE',
  jws: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImNvbnNlbnQtcmVjZWlwdCtqd3QifQ.eyJyZWNlaXB0X2lkIjoiMGI3ZTJmNjQifQ.c2lnbmF0dXJl',
  downloadHref: `/account/receipts/${ID}/download`,
});
