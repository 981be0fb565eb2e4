import { Type } from 'typebox';

import { AppError } from '../platform/app-error.ts';
import type { JobQueueState, Jobs } from '../platform/jobs/jobs.ts';
import { page } from './pages/page.ts';
import { pageRoute, redirect, render } from './routing/page-route.ts';
import { type AnyRoute, route } from './routing/route.ts';

export interface JobRoutesDeps {
  readonly jobs: Pick<Jobs, 'list' | 'retryFailed'>;
}

const QueueView = Type.Object({
  name: Type.String(),
  waiting: Type.Integer(),
  running: Type.Integer(),
  failed: Type.Integer({ description: 'Given up after the last attempt; kept for a week.' }),
  schedule: Type.Union([Type.String({ description: 'Cron expression, UTC' }), Type.Null()]),
  lastFinishedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});
const QueueName = Type.Object({ name: Type.String({ pattern: '^[a-z][a-z-]{0,62}$' }) });

const SAMPLE: JobQueueState = {
  name: 'send-mail',
  waiting: 12,
  running: 1,
  failed: 3,
  schedule: null,
  oldestWaitingSeconds: null,
  lastFinishedAt: new Date('2026-01-20T12:00:00Z'),
};

const jobsPage = page<{ readonly queues: readonly JobQueueState[] }>('jobs/jobs.njk', {
  queues: [
    SAMPLE,
    { ...SAMPLE, name: 'purge-deleted-accounts', schedule: '*/10 * * * *', failed: 0 },
    { ...SAMPLE, name: 'build-export', failed: 0, lastFinishedAt: null },
  ],
});

/** The state of the background jobs, for administrators. */
export function jobRoutes({ jobs }: JobRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/jobs',
      operationId: 'listJobQueues',
      tag: 'Operations',
      summary: 'See what the background jobs are doing',
      access: 'administrator',
      response: Type.Array(QueueView),
      handle: async () =>
        (await jobs.list()).map((queue) => ({
          ...queue,
          lastFinishedAt: queue.lastFinishedAt?.toISOString() ?? null,
        })),
    }),
    route({
      method: 'post',
      path: '/api/v1/jobs/{name}/retry',
      operationId: 'retryFailedJobs',
      tag: 'Operations',
      summary: 'Try the given-up jobs of a queue again',
      access: 'administrator',
      params: QueueName,
      response: Type.Object({ retried: Type.Integer() }),
      errorCodes: { 404: ['job_queue_not_found'] },
      handle: async ({ params }) => ({ retried: await retry(jobs, params.name) }),
    }),
    pageRoute({
      method: 'get',
      path: '/admin/jobs',
      access: 'administrator',
      handle: async () => render(jobsPage, { queues: await jobs.list() }),
    }),
    pageRoute({
      method: 'post',
      path: '/admin/jobs/{name}/retry',
      access: 'administrator',
      params: QueueName,
      handle: async ({ params }) => {
        const count = await retry(jobs, params.name);
        return redirect('/admin/jobs', {
          flash: { kind: 'good', message: 'jobs:flash.retried', values: { count } },
        });
      },
    }),
  ];
}

async function retry(jobs: JobRoutesDeps['jobs'], name: string): Promise<number> {
  const known = await jobs.list();
  if (!known.some((queue) => queue.name === name)) {
    throw new AppError('not_found', 'job_queue_not_found');
  }
  return jobs.retryFailed(name);
}
