import { createCounter, createDurations } from './metrics.ts';

/** Counters and timers of this process since its start. */
export function createInstruments() {
  return {
    requests: createCounter({
      name: 'consentry_requests_total',
      help: 'Requests that were answered, by route pattern, method and status',
      labelNames: ['method', 'route', 'status'],
    }),
    requestDurations: createDurations({
      name: 'consentry_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer',
      labelNames: ['method', 'route'],
    }),
    redisDurations: createDurations({
      name: 'consentry_redis_command_duration_seconds',
      help: 'Time from sending a command to Redis to its answer, waits for a connection included',
    }),
    redisErrors: createCounter({
      name: 'consentry_redis_errors_total',
      help: 'Commands to Redis that failed or got no answer in time',
    }),
    auditEventsDropped: createCounter({
      name: 'consentry_audit_events_dropped_total',
      help: 'Events of the audit record that were lost: too many waited for the database, or it refused them',
    }),
    limitsHit: createCounter({
      name: 'consentry_limits_hit_total',
      help: 'Requests and attempts that a limit refused, by the name of the limit',
      labelNames: ['limit'],
    }),
    messages: createCounter({
      name: 'consentry_messages_total',
      help: 'Attempts to deliver mails and text messages, by outcome',
      labelNames: ['channel', 'outcome'],
    }),
  };
}

export type Instruments = ReturnType<typeof createInstruments>;
