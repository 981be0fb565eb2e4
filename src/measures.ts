import type { Door } from './http/door.ts';
import type { Measure } from './platform/metrics.ts';
import type { Connected } from './services.ts';
import { REVOCATION_BOUND_SECONDS } from './tokens/index.ts';

/** What `/metrics` says beside the figures of the process. */
export function allMeasures({ tokens, jobs, feed, databaseClock }: Connected): readonly Measure[] {
  const ofLastRound = async (pick: (round: Round) => number) => {
    const round = await tokens.revocationRounds.last();
    return round === null ? [] : [{ value: pick(round) }];
  };
  return [
    {
      name: 'consentry_revocation_latency_bound_seconds',
      help: 'A withdrawal is refused everywhere within this time',
      read: async () => [{ value: REVOCATION_BOUND_SECONDS }],
    },
    {
      name: 'consentry_revocation_latency_seconds',
      help: 'How long the last measured withdrawal took on the slowest node',
      read: () => ofLastRound(({ seconds }) => seconds),
    },
    {
      name: 'consentry_revocation_measured_nodes',
      help: 'Nodes that took part in that measurement',
      read: () => ofLastRound(({ nodes }) => nodes),
    },
    {
      name: 'consentry_revocation_measured_timestamp_seconds',
      help: 'When it was measured',
      read: () => ofLastRound(({ finishedAt }) => finishedAt.getTime() / 1000),
    },
    {
      name: 'consentry_change_feed_is_fresh',
      help: '1 while this node hears of changes and trusts its copies',
      read: async () => [{ value: feed.isFresh() ? 1 : 0 }],
    },
    {
      name: 'consentry_clock_difference_seconds',
      help: 'How far the clock of this machine is ahead of the clock of the database',
      read: async () => {
        const value = databaseClock.differenceSeconds();
        return value === null ? [] : [{ value }];
      },
    },
    ...jobMeasures(jobs),
  ];
}

function jobMeasures(jobs: Connected['jobs']): readonly Measure[] {
  return [
    {
      name: 'consentry_jobs',
      help: 'Background jobs by queue and state',
      labelNames: ['queue', 'state'],
      read: async () =>
        (await jobs.list()).flatMap(({ name: queue, waiting, running, failed }) => [
          { labels: { queue, state: 'waiting' }, value: waiting },
          { labels: { queue, state: 'running' }, value: running },
          { labels: { queue, state: 'failed' }, value: failed },
        ]),
    },
    {
      name: 'consentry_jobs_oldest_waiting_seconds',
      help: 'How long the job has waited that is due for the longest time, by queue; 0 when none is due',
      labelNames: ['queue'],
      read: async () =>
        (await jobs.list()).map(({ name: queue, oldestWaitingSeconds }) => ({
          labels: { queue },
          value: oldestWaitingSeconds ?? 0,
        })),
    },
  ];
}

/** How busy this node is. */
export function doorMeasures(door: Pick<Door, 'inFlight' | 'refused'>): readonly Measure[] {
  return [
    {
      name: 'consentry_requests_in_flight',
      help: 'Requests that this node is answering',
      read: async () => [{ value: door.inFlight() }],
    },
    {
      name: 'consentry_requests_refused_total',
      help: 'Requests that this node refused since its start because it was answering too many',
      read: async () => [{ value: door.refused() }],
    },
  ];
}

type Round = NonNullable<Awaited<ReturnType<Connected['tokens']['revocationRounds']['last']>>>;
