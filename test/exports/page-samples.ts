import { exportPage } from '../../src/exports/export-views.ts';
import { yourDataPage } from '../../src/exports/your-data-routes.ts';
import { addSample } from '../support/browser/page-samples.ts';

addSample(exportPage, {
  status: 'running',
  exportId: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  stepsDone: 7,
  stepsTotal: 18,
  size: '1.4 MB',
  readyAt: new Date('2026-11-20T12:00:00Z'),
  expiresAt: new Date('2026-11-21T12:00:00Z'),
  downloadedAt: new Date('2026-11-20T14:00:00Z'),
  formError: 'export_gone',
});

addSample(yourDataPage, { exportStatus: 'ready', records: 1_234 });
