import { COMPONENTS, componentsPage } from '../../src/http/pages/design-guide-routes.ts';
import { docsPage } from '../../src/http/documentation-routes.ts';
import { jobsPage } from '../../src/http/job-routes.ts';
import { leavePage } from '../../src/http/pages/leave-page.ts';
import { errorPage } from '../../src/http/pages/error-page.ts';
import { addSample } from '../support/browser/page-samples.ts';

addSample(componentsPage, COMPONENTS);

export const errorSample = addSample(errorPage, {
  status: 503,
  code: 'database_unavailable',
  requestId: '5f0c7a3e-6d0b-4d6f-9a55-3b0f0f5a9a11',
  detail: 'connect ECONNREFUSED 127.0.0.1:5432',
});

addSample(docsPage, {
  groups: [
    {
      tag: 'Apps',
      operations: [
        { method: 'get', path: '/api/v1/clients/{clientId}', summary: 'Read one of your apps' },
        { method: 'post', path: '/api/v1/clients', summary: 'Register an app' },
      ],
    },
  ],
});

addSample(leavePage, {
  location: 'https://bookshop.example/callback?code=ab12&state=cd34',
  name: 'Bookshop of the Old Harbour Company',
  host: 'bookshop.example',
  isOnDevice: true,
});

const QUEUE = {
  name: 'send-mail',
  waiting: 12,
  running: 1,
  failed: 3,
  schedule: null,
  oldestWaitingSeconds: null,
  lastFinishedAt: new Date('2026-01-20T12:00:00Z'),
};
addSample(jobsPage, {
  queues: [
    QUEUE,
    { ...QUEUE, name: 'purge-deleted-accounts', schedule: '*/10 * * * *', failed: 0 },
    { ...QUEUE, name: 'build-export', failed: 0, lastFinishedAt: null },
  ],
});
