import { Type } from 'typebox';

import { AppError } from '../platform/app-error.ts';
import type { JobQueueState, Jobs } from '../platform/jobs/jobs.ts';
import { page } from './pages/page.ts';
import { Nullable } from './routing/nullable.ts';
import { MomentOutput } from './routing/time-inputs.ts';
import { pageRoute, redirect, render } from './routing/page-route.ts';
import { type AnyRoute, route } from './routing/route.ts';

interface JobRoutesDeps {
  readonly jobs: Pick<Jobs, 'list' | 'retryFailed'>;
}

const QueueView = Type.Object({
  name: Type.String(),
  waiting: Type.Integer(),
  running: Type.Integer(),
  failed: Type.Integer({ description: 'Failed in the last attempt; kept for a week.' }),
  schedule: Nullable(Type.String({ description: 'Cron expression, UTC' })),
  lastFinishedAt: Nullable(MomentOutput),
});
const QueueName = Type.Object({ name: Type.String({ pattern: '^[a-z][a-z-]{0,62}$' }) });

export const jobsPage = page<{ readonly queues: readonly JobQueueState[] }>('jobs/jobs.njk');

/** The state of the background jobs, for administrators. */
export function jobRoutes({ jobs }: JobRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/jobs',
      operationId: 'listJobQueues',
      tag: 'Operations',
      summary: 'List the queues of the background jobs',
      access: 'administrator',
      response: Type.Array(QueueView),
      handle: async () => jobs.list(),
    }),
    route({
      method: 'post',
      path: '/api/v1/jobs/{name}/retry',
      operationId: 'retryFailedJobs',
      tag: 'Operations',
      summary: 'Retry the failed jobs of a queue',
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
      handle: async () => render(jobsPage, { queues: troubledFirst(await jobs.list()) }),
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

/** Queues with failed jobs first, then those with jobs that wait or run, then the others. */
function troubledFirst(queues: readonly JobQueueState[]): readonly JobQueueState[] {
  const rank = ({ failed, waiting, running }: JobQueueState): number => {
    if (failed > 0) return 0;
    return waiting + running > 0 ? 1 : 2;
  };
  return queues.toSorted((left, right) => rank(left) - rank(right));
}
