import { randomUUID } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import { createOutgoingMessageStore } from './outgoing-message-store.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** A mail to send: its text comes from a template, in the reader's language. */
export interface MailMessage {
  readonly to: string;
  /** Name of a template under `views/mail`. */
  readonly template: string;
  readonly locale: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** ISO time after which sending it is pointless, for example when its code has died. */
  readonly expiresAt?: string;
}

/** Mails wait in a table and are sent by a job, never within the request. */
export interface Mailer {
  /**
   * Queues a mail in the caller's transaction: it goes out if that commits, and only then.
   * `null` queues a row that is never sent, so that the work is the same with and without a recipient.
   */
  enqueue(tx: Database, message: MailMessage | null): Promise<void>;
}

export interface MailerDeps {
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly clock: Clock;
  readonly transientSealer: Sealer;
}

/** The job that sends one mail. */
export const SEND_MAIL = 'send-mail';

// With the pauses between them about a day.
const MOST_ATTEMPTS = 30;

/** The writing side of the queue. */
export function createMailer({ jobs, clock, transientSealer }: MailerDeps): Mailer {
  return Object.freeze({
    enqueue: async (tx: Database, message: MailMessage | null) => {
      const id = randomUUID();
      await createOutgoingMessageStore(tx, 'outgoing_messages').insert({
        id,
        sealedMessage: transientSealer.seal(JSON.stringify(message), messageContext(id)),
        createdAt: clock.now(),
      });
      await jobs.enqueue(tx, { name: SEND_MAIL, data: { id }, maxAttempts: MOST_ATTEMPTS });
    },
  });
}

/** Opens what {@link createMailer} sealed. */
export function openMessage(
  transientSealer: Sealer,
  id: string,
  sealed: Buffer,
): MailMessage | null {
  return JSON.parse(
    transientSealer.open(sealed, messageContext(id)).toString('utf8'),
  ) as MailMessage | null;
}

/** The place a message is sealed for. */
export function messageContext(id: string): string {
  return `outgoing_messages:sealed_message:${id}`;
}
