import type { Clock } from '../platform/clock.ts';
import type { DeliveryRecovery } from './delivery-recovery.ts';
import { unlessKeyIsGone, type Sealer } from '../platform/keys/encryption.ts';
import type { Instruments } from '../platform/instruments.ts';
import type { JobKind, RunningJob } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import {
  createOutgoingMessageStore,
  type OutgoingMessage,
  type OutgoingMessageStore,
} from './outgoing-message-store.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { openSms, SEND_SMS, type SmsMessage } from './sms.ts';
import { isSmsOutage, SmsFailure, type SmsTransport } from './sms-transport.ts';

export interface SmsJobsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Pick<Instruments, 'messages'>;
  readonly transientSealer: Sealer;
  readonly transport: SmsTransport;
  readonly recovery: Pick<DeliveryRecovery, 'noteOutage' | 'noteSuccess'>;
  /** Turns a message into words. */
  readonly render: (message: SmsMessage) => string;
}

/** A text message that did not leave, readable for development. */
export interface SmsOutboxEntry {
  readonly id: string;
  readonly message: SmsMessage;
  readonly createdAt: Date;
  /** Null: no job has taken it up yet. */
  readonly sentAt: Date | null;
}

const KEPT_SECONDS = 7 * 86_400;
const MOST_LISTED = 50;

/** Sending text messages, and forgetting them after a week. */
export function smsJobs(deps: SmsJobsDeps): readonly JobKind[] {
  return [
    { name: SEND_SMS, run: ({ id }, job) => sendSms(deps, String(id), job) },
    { name: 'purge-sms', schedule: '23 * * * *', run: () => purgeOutgoingSms(deps) },
  ];
}

/**
 * Sends one message. At least once: a process that dies after the provider has taken it sends it again under the same id.
 * @throws SmsFailure for the job to be tried again later.
 */
export async function sendSms(deps: SmsJobsDeps, id: string, job: RunningJob): Promise<void> {
  const store = createOutgoingMessageStore(deps.db, 'outgoing_sms');
  const row = await store.findWaiting(id);
  if (row === null) return;
  const message = openSms(deps.transientSealer, id, row.sealedMessage);
  // A row without a recipient; see Sms.enqueue.
  if (message === null) return store.remove(id);
  const now = deps.clock.now();
  if (message.expiresAt !== undefined && new Date(message.expiresAt) <= now) {
    return store.markFailed(id, now, 'too late to be of use');
  }
  try {
    const { to } = message;
    await deps.transport.send({
      to,
      text: deps.render(message),
      messageId: id,
      signal: job.signal,
    });
  } catch (error) {
    if (error instanceof SmsFailure && isSmsOutage(error.message)) deps.recovery.noteOutage();
    return giveBack(deps, store, { row, error, job });
  }
  // The content of a message is needed no longer once it was sent.
  const kept = deps.transport.keepsMessages ? row.sealedMessage : Buffer.alloc(0);
  await store.markSent(id, deps.clock.now(), kept);
  deps.instruments.messages.add({ channel: 'sms', outcome: 'sent' });
  return deps.recovery.noteSuccess();
}

/** Ids of the text messages that wait because the provider was away. */
export async function listDelayedSms(db: Database): Promise<string[]> {
  const delayed = await createOutgoingMessageStore(db, 'outgoing_sms').listDelayed();
  return delayed.filter(({ lastError }) => isSmsOutage(lastError)).map(({ id }) => id);
}

/** Deletes messages that were sent, or given up, a week ago. */
export async function purgeOutgoingSms(deps: {
  readonly db: Database;
  readonly clock: Clock;
}): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - KEPT_SECONDS * 1000);
  return createOutgoingMessageStore(deps.db, 'outgoing_sms').deleteCreatedBefore(before);
}

/** The newest messages that were kept, newest first. Nothing is kept where messages really leave. */
export async function listSmsOutbox(deps: {
  readonly db: Database;
  readonly transientSealer: Sealer;
}): Promise<SmsOutboxEntry[]> {
  const rows = await createOutgoingMessageStore(deps.db, 'outgoing_sms').listRecent(MOST_LISTED);
  return rows.flatMap(({ id, sealedMessage, createdAt, sentAt }) => {
    const message = unlessKeyIsGone(() => openSms(deps.transientSealer, id, sealedMessage));
    return message === null ? [] : [{ id, message, createdAt, sentAt }];
  });
}

interface Failed {
  readonly row: OutgoingMessage;
  readonly error: unknown;
  readonly job: RunningJob;
}

async function giveBack(
  { clock, log, instruments }: SmsJobsDeps,
  store: OutgoingMessageStore,
  { row, error, job }: Failed,
): Promise<void> {
  const reason = error instanceof SmsFailure ? error.message : 'unknown';
  const isFinal = job.isLastAttempt || (error instanceof SmsFailure && error.isFinal);
  instruments.messages.add({ channel: 'sms', outcome: isFinal ? 'given_up' : 'delayed' });
  if (!isFinal) {
    await store.noteFailure(row.id, reason);
    throw error;
  }
  await store.markFailed(row.id, clock.now(), reason);
  log.error({ messageId: row.id, attempts: job.attempt, reason }, 'a text message was given up');
}
