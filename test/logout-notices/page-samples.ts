import { logoutNoticesPage } from '../../src/logout-notices/logout-notice-routes.ts';
import { addSample } from '../support/browser/page-samples.ts';

const MOMENT = new Date('2026-11-17T09:41:00Z');
const NOTICE = {
  id: 'c0ffee00-1111-4222-8333-444455556666',
  cause: 'ended',
  status: 'delivered',
  attempts: 1,
  lastError: null,
  nextAttemptAt: null,
  createdAt: MOMENT,
  finishedAt: MOMENT,
} as const;

addSample(logoutNoticesPage, {
  app: {
    id: 'app_c0ffee0011114222833344445555666',
    name: 'The Bookshop of Maximiliane Wolkenstein-Trostburg and Company',
    logo: null,
    type: 'web',
    status: 'active',
    isHeld: false,
    isVerified: true,
    usesSecret: true,
    hasSignOutNotices: true,
    createdAt: MOMENT,
    updatedAt: MOMENT,
  },
  address: 'https://shop.a-rather-long-company-name.example.org/accounts/back-channel-logout',
  notices: [
    { ...NOTICE, status: 'waiting', attempts: 0, nextAttemptAt: MOMENT },
    {
      ...NOTICE,
      status: 'waiting',
      attempts: 12,
      lastError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      nextAttemptAt: MOMENT,
    },
    { ...NOTICE, cause: 'expired' },
    { ...NOTICE, status: 'failed', attempts: 10, lastError: 'http_400' },
  ],
});
