import { endAllPage, sessionsPage } from '../../src/sessions/session-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

const ROW = {
  uid: 'sample-1',
  browser: 'Samsung Internet',
  system: 'Android',
  ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  lastSeenAt: new Date('2026-11-20T12:00:00Z'),
  authenticatedAt: new Date('2026-11-01T08:30:00Z'),
};

addSample(sessionsPage, {
  current: ROW,
  others: [
    { ...ROW, uid: 'sample-2', browser: null },
    { ...ROW, uid: 'sample-3', system: null },
    { ...ROW, uid: 'sample-4', browser: null, system: null, ip: '' },
  ],
});
addSample(endAllPage, { which: 'others' });
