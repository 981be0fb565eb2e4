import type { Admission } from '../http/arrival/admission.ts';
import type { Measure } from '../platform/metrics.ts';
import { currentKeyAges } from '../platform/keys/signing-key-store.ts';
import type { Connected } from './services.ts';
import { REVOCATION_BOUND_SECONDS } from '../tokens/index.ts';

type AdmissionFigures = Pick<Admission, 'inFlight' | 'waiting' | 'refused'>;

/** The metrics of `/metrics`, without those of the process and of requests. docs/operations.md lists all metrics. */
export function allMeasures(connected: Connected, admission: AdmissionFigures): readonly Measure[] {
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
    ...admissionMeasures(admission),
  ];
}

/** A figure without labels; null while there is none. */
function figure(
  name: string,
  help: string,
  read: () => number | null | Promise<number | null>,
): Measure {
  const values = (value: number | null) => (value === null ? [] : [{ value }]);
  return { name, help, read: async () => values(await read()) };
}

function databaseMeasures({ db, keyStore }: Connected): readonly Measure[] {
  const pools = Object.entries({ main: db.pool, keys: keyStore.db.pool });
  return [
    {
      name: 'consentry_database_connections',
      help: 'Connections of this process to PostgreSQL, by pool and state',
      labelNames: ['pool', 'state'],
      read: async () =>
        pools.flatMap(([pool, { totalCount, idleCount }]) => [
          { labels: { pool, state: 'used' }, value: totalCount - idleCount },
          { labels: { pool, state: 'idle' }, value: idleCount },
        ]),
    },
    {
      name: 'consentry_database_waiting',
      help: 'Statements and transactions of this process that wait for a connection, by pool',
      labelNames: ['pool'],
      read: async () =>
        pools.map(([pool, { waitingCount: value }]) => ({ labels: { pool }, value })),
    },
  ];
}

function freshnessMeasures({ feed, databaseClock }: Connected): readonly Measure[] {
  return [
    figure(
      'consentry_change_feed_is_fresh',
      '1 while this node receives changes and trusts its copies',
      () => (feed.isFresh() ? 1 : 0),
    ),
    figure(
      'consentry_clock_difference_seconds',
      'How far the clock of this machine is ahead of the clock of the database',
      databaseClock.differenceSeconds,
    ),
  ];
}

function revocationMeasures({ tokens }: Connected): readonly Measure[] {
  const last = () => tokens.revocationRounds.last();
  return [
    figure(
      'consentry_revocation_latency_bound_seconds',
      'A withdrawal is refused everywhere within this time',
      () => REVOCATION_BOUND_SECONDS,
    ),
    figure(
      'consentry_revocation_latency_seconds',
      'How long the last measured withdrawal took on the slowest node',
      async () => (await last())?.seconds ?? null,
    ),
    figure(
      'consentry_revocation_measured_nodes',
      'Nodes that took part in that measurement',
      async () => (await last())?.nodes ?? null,
    ),
    figure('consentry_revocation_measured_timestamp_seconds', 'When it was measured', async () => {
      const round = await last();
      return round === null ? null : round.finishedAt.getTime() / 1000;
    }),
  ];
}

function recordMeasures({ db, ledger }: Connected): readonly Measure[] {
  return [
    {
      name: 'consentry_signing_key_age_seconds',
      help: 'Age of the key that signs, by algorithm',
      labelNames: ['alg'],
      read: async () =>
        (await currentKeyAges(db)).map(({ alg, ageSeconds: value }) => ({
          labels: { alg },
          value,
        })),
    },
    figure(
      'consentry_ledger_unsigned_seconds',
      'For how long releases of this node may have been in the ledger without a signed end; 0 when the last one is covered',
      ledger.unsignedSeconds,
    ),
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
function admissionMeasures(admission: AdmissionFigures): readonly Measure[] {
  return [
    figure(
      'consentry_requests_in_flight',
      'Requests that this node is answering',
      admission.inFlight,
    ),
    figure(
      'consentry_requests_waiting',
      'Requests that wait until this node answers fewer others',
      admission.waiting,
    ),
    {
      ...figure(
        'consentry_requests_refused_total',
        'Requests that this node refused since its start because too many waited or they waited too long',
        admission.refused,
      ),
      kind: 'counter',
    },
  ];
}
