import type { Clock } from '../platform/clock.ts';
import type { Instruments } from '../platform/instruments.ts';
import { type JobKind, type Jobs, reasonOf, type RunningJob } from '../platform/jobs/jobs.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { createDeliveryRecovery, type DeliveryRecovery } from './delivery-recovery.ts';
import { type Channel, type Message, openMessage } from './message.ts';
import { createMessageStore, type QueuedMessage } from './message-store.ts';
import { type MessageTransport, RefusedMessage } from './message-transport.ts';

/** Everything that delivers the messages of one channel. */
export interface DeliveryContext<Content> {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Pick<Instruments, 'messages'>;
  readonly transientSealer: Sealer;
  readonly channel: Channel;
  readonly transport: MessageTransport<Content>;
  readonly recovery: Pick<DeliveryRecovery, 'noteOutage' | 'noteSuccess'>;
  readonly render: (message: Message) => Content | Promise<Content>;
}

const KEPT_SECONDS = 7 * 86_400;

/** The jobs that deliver the messages of a channel, and delete them after a week. */
export function createMessageDelivery<Content>(
  deps: Omit<DeliveryContext<Content>, 'recovery'> & { readonly jobs: Pick<Jobs, 'bringForward'> },
) {
  const { channel, transport } = deps;
  const recovery = createDeliveryRecovery({
    ...deps,
    jobName: channel.sendJob,
    listDelayed: () => listDelayed(deps),
    probe: transport.verify,
  });
  const context = { ...deps, recovery };
  return {
    jobs: [
      {
        name: channel.sendJob,
        run: ({ id }, job) => deliverMessage(context, { id: String(id), job }),
      },
      { ...channel.purgeJob, run: () => purgeMessages(deps) },
    ] satisfies JobKind[],

    close(): void {
      recovery.stop();
      transport.close();
    },
  };
}

/**
 * Sends one queued message, outside of any transaction. Delivers at least once: if the process ends between sending and
 * recording, the message is sent again with the same id.
 * @throws every error of the transport after which another attempt can succeed.
 */
export async function deliverMessage<Content>(
  context: DeliveryContext<Content>,
  { id, job }: { readonly id: string; readonly job: RunningJob },
): Promise<void> {
  const { db, clock, channel, transport, transientSealer, instruments, recovery } = context;
  const store = createMessageStore(db, channel);
  const row = await store.findWaiting(id);
  if (row === null) return;
  const message = openMessage(transientSealer, channel, row);
  // A row without a recipient; see MessageQueue.enqueue.
  if (message === null) return store.remove(id);
  const now = clock.now();
  if (message.expiresAt !== undefined && new Date(message.expiresAt) <= now) {
    return store.markFailed(id, now, 'too late to be of use');
  }
  try {
    const content = await context.render(message);
    await transport.send({ to: message.to, content, messageId: id, signal: job.signal });
  } catch (error) {
    return recordFailure(context, { row, job, error });
  }
  // The content of a message is not needed after it was sent.
  await store.markSent(
    id,
    clock.now(),
    transport.keepsMessages ? row.sealedMessage : Buffer.alloc(0),
  );
  instruments.messages.add({ channel: channel.name, outcome: 'sent' });
  await recovery.noteSuccess();
}

/** @throws the error when another attempt follows. */
async function recordFailure<Content>(
  { db, clock, log, channel, transport, instruments, recovery }: DeliveryContext<Content>,
  {
    row,
    job,
    error,
  }: { readonly row: QueuedMessage; readonly job: RunningJob; readonly error: unknown },
): Promise<void> {
  const store = createMessageStore(db, channel);
  // The answer of a server can contain the recipient: only its code is kept.
  const reason = reasonOf(error);
  const isFinal = job.isLastAttempt || error instanceof RefusedMessage;
  instruments.messages.add({ channel: channel.name, outcome: isFinal ? 'given_up' : 'delayed' });
  if (transport.isOutage(reason)) recovery.noteOutage();
  if (!isFinal) {
    await store.recordFailure(row.id, reason);
    throw error;
  }
  await store.markFailed(row.id, clock.now(), reason);
  const fields = { channel: channel.name, messageId: row.id, attempts: job.attempt, reason };
  log.error(fields, 'a message was given up');
}

/** Ids of the messages that wait because the receiving server was unavailable. */
async function listDelayed({
  db,
  channel,
  transport,
}: Pick<DeliveryContext<never>, 'db' | 'channel'> & {
  readonly transport: Pick<MessageTransport<never>, 'isOutage'>;
}): Promise<string[]> {
  const delayed = await createMessageStore(db, channel).listDelayed();
  return delayed.filter(({ lastError }) => transport.isOutage(lastError)).map(({ id }) => id);
}

/** Deletes messages that are a week old: they were sent, or given up. @returns their number. */
export function purgeMessages({
  db,
  clock,
  channel,
}: Pick<DeliveryContext<never>, 'db' | 'clock' | 'channel'>): Promise<number> {
  const before = new Date(clock.now().getTime() - KEPT_SECONDS * 1000);
  return createMessageStore(db, channel).deleteCreatedBefore(before);
}
