import type { Door } from '../http/arrival/door.ts';
import type { Measure } from '../platform/metrics.ts';
import type { Postgres } from '../platform/postgres/postgres.ts';
import { currentKeyAges } from '../platform/keys/signing-key-store.ts';
import type { Connected } from './services.ts';
import { REVOCATION_BOUND_SECONDS } from '../tokens/index.ts';

/** The metrics of `/metrics`, without those of the process and of requests. docs/operations.md lists all metrics. */
export function allMeasures(connected: Connected): readonly Measure[] {
  const { redis, instruments } = connected;
  const { redisErrors, requests, limitsHit, messages, auditEventsDropped } = instruments;
  return [
    requests.measure,
    limitsHit.measure,
    messages.measure,
    auditEventsDropped.measure,
    ...(redis === null ? [] : [redisErrors.measure]),
    ...databaseMeasures(connected),
    ...freshnessMeasures(connected),
    ...revocationMeasures(connected),
    ...recordMeasures(connected),
    ...jobMeasures(connected.jobs),
  ];
}

function databaseMeasures({ db, keyStore }: Connected): readonly Measure[] {
  const pools: readonly (readonly [string, Postgres])[] = [
    ['main', db],
    ['keys', keyStore.db],
  ];
  return [
    {
      name: 'consentry_database_connections',
      help: 'Connections of this process to PostgreSQL, by pool and state',
      labelNames: ['pool', 'state'],
      read: async () =>
        pools.flatMap(
          ([
            pool,
            {
              pool: { totalCount, idleCount },
            },
          ]) => [
            { labels: { pool, state: 'used' }, value: totalCount - idleCount },
            { labels: { pool, state: 'idle' }, value: idleCount },
          ],
        ),
    },
    {
      name: 'consentry_database_waiting',
      help: 'Statements and transactions of this process that wait for a connection, by pool',
      labelNames: ['pool'],
      read: async () =>
        pools.map(
          ([
            pool,
            {
              pool: { waitingCount },
            },
          ]) => ({
            labels: { pool },
            value: waitingCount,
          }),
        ),
    },
  ];
}

function freshnessMeasures({ feed, databaseClock }: Connected): readonly Measure[] {
  return [
    {
      name: 'consentry_change_feed_is_fresh',
      help: '1 while this node receives changes and trusts its copies',
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
  ];
}

function revocationMeasures({ tokens }: Connected): readonly Measure[] {
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
  ];
}

function recordMeasures({ db, ledger }: Connected): readonly Measure[] {
  return [
    {
      name: 'consentry_signing_key_age_seconds',
      help: 'Age of the key that signs, by algorithm',
      labelNames: ['alg'],
      read: async () =>
        (await currentKeyAges(db)).map(({ alg, ageSeconds }) => ({
          labels: { alg },
          value: ageSeconds,
        })),
    },
    {
      name: 'consentry_ledger_unsigned_seconds',
      help: 'For how long releases of this node may have been in the ledger without a signed end; 0 when the last one is covered',
      read: async () => [{ value: await ledger.unsignedSeconds() }],
    },
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

/** The load of this node. */
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
      kind: 'counter',
      read: async () => [{ value: door.refused() }],
    },
  ];
}

type Round = NonNullable<Awaited<ReturnType<Connected['tokens']['revocationRounds']['last']>>>;
