import type { Clock } from '../platform/clock.ts';
import type { Instruments } from '../platform/instruments.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import { reasonOf, type RunningJob } from '../platform/jobs/jobs.ts';
import type { DeliveryRecovery } from './delivery-recovery.ts';
import { isMailOutage, type MailTransport, type RenderedMail } from './mail-transport.ts';
import { type MailMessage, openMessage } from './mailer.ts';
import { createOutgoingMessageStore } from './outgoing-message-store.ts';
import type { Database } from '../platform/postgres/postgres.ts';

export interface MailDeliveryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly instruments: Pick<Instruments, 'messages'>;
  readonly transientSealer: Sealer;
  readonly transport: MailTransport;
  readonly recovery: Pick<DeliveryRecovery, 'noteOutage' | 'noteSuccess'>;
  /** Turns a message into words. */
  readonly render: (message: MailMessage) => RenderedMail;
  /** Right side of the Message-ID; the host of the public address. */
  readonly host: string;
}

const KEPT_SECONDS = 7 * 86_400;

/**
 * Sends one queued mail, outside of any transaction. At least once: a process that dies after sending and before noting
 * it sends again under the same Message-ID.
 * @throws every error of the mail server, so that the job is tried again.
 */
export async function deliverMail(
  deps: MailDeliveryDeps,
  { id, job }: { readonly id: string; readonly job: Pick<RunningJob, 'isLastAttempt'> },
): Promise<void> {
  const store = createOutgoingMessageStore(deps.db, 'outgoing_messages');
  const row = await store.findWaiting(id);
  if (row === null) return;
  const message = openMessage(deps.transientSealer, row.id, row.sealedMessage);
  // A row without a recipient; see Mailer.enqueue.
  if (message === null) return store.remove(row.id);
  const now = deps.clock.now();
  if (message.expiresAt !== undefined && new Date(message.expiresAt) <= now) {
    return store.markFailed(row.id, now, 'too late to be of use');
  }
  try {
    const messageId = `<${row.id}@${deps.host}>`;
    await deps.transport.send({ ...deps.render(message), to: message.to, messageId });
  } catch (error) {
    // A mail server's answer can name the address: only its code is kept.
    const reason = reasonOf(error);
    if (job.isLastAttempt) await store.markFailed(row.id, now, reason);
    else await store.noteFailure(row.id, reason);
    const outcome = job.isLastAttempt ? 'given_up' : 'delayed';
    deps.instruments.messages.add({ channel: 'mail', outcome });
    if (isMailOutage(reason)) deps.recovery.noteOutage();
    throw error;
  }
  // The content of a mail is needed no longer once it was sent.
  const kept = deps.transport.keepsMails ? row.sealedMessage : Buffer.alloc(0);
  await store.markSent(row.id, deps.clock.now(), kept);
  deps.instruments.messages.add({ channel: 'mail', outcome: 'sent' });
  await deps.recovery.noteSuccess();
}

/** Ids of the mails that wait because the mail server was away. */
export async function listDelayedMails(db: Database): Promise<string[]> {
  const delayed = await createOutgoingMessageStore(db, 'outgoing_messages').listDelayed();
  return delayed.filter(({ lastError }) => isMailOutage(lastError)).map(({ id }) => id);
}

/** Deletes messages that are a week old: they were sent, or given up. */
export async function purgeOutgoingMessages(deps: { db: Database; clock: Clock }): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - KEPT_SECONDS * 1000);
  return createOutgoingMessageStore(deps.db, 'outgoing_messages').deleteCreatedBefore(before);
}
