import { expect } from 'chai';

import { riskSignOf, type RiskInput } from '../../src/consents/page/risk-sign.ts';

const NOW = new Date('2026-12-01T12:00:00Z');
const DAY = 86_400_000;

const OLD = {
  isVerified: false,
  clientUri: 'https://www.bookshop.co.uk/about',
  createdAt: new Date(NOW.getTime() - 8 * DAY),
};
const CALM: RiskInput = {
  client: OLD,
  redirectUri: 'https://login.bookshop.co.uk/callback',
  people: 10,
  now: NOW,
};
const young = { ...OLD, createdAt: new Date(NOW.getTime() - 7 * DAY + 1) };

/** Each row: the difference to an app without a sign, and its sign. */
const ROWS: readonly (readonly [string, Partial<RiskInput>, string | null])[] = [
  ['a known app of the same site', {}, null],
  ['nine people', { people: 9 }, 'few_people'],
  ['less than seven days', { client: young }, 'young'],
  [
    'exactly seven days',
    { client: { ...OLD, createdAt: new Date(NOW.getTime() - 7 * DAY) } },
    null,
  ],
  ['another site', { redirectUri: 'https://bookshop.example/callback' }, 'elsewhere'],
  ['another site below a public suffix', { redirectUri: 'https://thief.co.uk/' }, 'elsewhere'],
  [
    'another customer of a host for many',
    {
      client: { ...OLD, clientUri: 'https://bookshop.github.io' },
      redirectUri: 'https://thief.github.io/callback',
    },
    'elsewhere',
  ],
  ['the most important of several signs', { client: young, people: 0 }, 'young'],
  ['a look-alike', { redirectUri: 'https://login.bookshop.co.uk.thief.example/' }, 'elsewhere'],
  ['an app on the device', { redirectUri: 'bookshop://callback' }, null],
  ['a loopback address', { redirectUri: 'http://127.0.0.1:8765/callback' }, null],
  ['a loopback address of IPv6', { redirectUri: 'http://[::1]/callback' }, null],
  [
    'no home page',
    { client: { ...OLD, clientUri: null }, redirectUri: 'https://a.example/' },
    null,
  ],
  [
    'a verified app with every sign',
    { client: { ...young, isVerified: true }, redirectUri: 'https://a.example/', people: 0 },
    null,
  ],
];

describe('The risk of an app', () => {
  for (const [title, difference, sign] of ROWS) {
    it(`has the sign ${String(sign)} for ${title}`, () => {
      expect(riskSignOf({ ...CALM, ...difference })).to.equal(sign);
    });
  }
});
