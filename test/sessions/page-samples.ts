import { endAllPage, sessionsPage } from '../../src/sessions/session-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

const ROW = {
  uid: 'sample-1',
  browser: 'Samsung Internet',
  system: 'Android',
  ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  lastSeenAt: new Date('2026-11-20T12:00:00Z'),
  authenticatedAt: new Date('2026-11-01T08:30:00Z'),
  createdAt: new Date('2026-10-28T08:30:00Z'),
  expiresAt: new Date('2026-12-01T08:30:00Z'),
  isRemembered: true,
  place: 'Saint Vincent and the Grenadines',
  factors: ['password', 'code'] as const,
  appNames: ['Bookshop', 'The Society for the Encouragement of Very Long Names of Apps'],
};

addSample(sessionsPage, {
  current: ROW,
  others: [
    { ...ROW, uid: 'sample-2', browser: null },
    { ...ROW, uid: 'sample-3', system: null },
    { ...ROW, uid: 'sample-4', browser: null, system: null, ip: '', factors: [], appNames: [] },
    { ...ROW, uid: 'sample-5', place: null, isRemembered: false },
  ],
  life: { idle: 14 * 86_400, total: 30 * 86_400 },
  unremembered: 12 * 3_600,
  isAdministrator: false,
});
addSample(endAllPage, { which: 'others' });
