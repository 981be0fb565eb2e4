import { randomUUID } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import { createOutgoingMessageStore } from './outgoing-message-store.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** A message to send: its text comes from a template, in the reader's language. */
export interface SmsMessage {
  /** E.164: `+442079460018`. */
  readonly to: string;
  /** Name of a template under `views/sms`. */
  readonly template: string;
  readonly locale: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** ISO time after which sending it is pointless, for example when its code has died. */
  readonly expiresAt?: string;
}

/** Text messages wait in a table and are sent by a job, never within the request. */
export interface Sms {
  /** False: this installation sends no text messages, and phone numbers cannot be proven. */
  readonly isOn: boolean;
  /**
   * Queues a message in the caller's transaction: it goes out if that commits, and only then.
   * `null` queues a row that is never sent, so that the work is the same with and without a recipient.
   * Where no text messages are sent nothing is queued either.
   */
  enqueue(tx: Database, message: SmsMessage | null): Promise<void>;
}

export interface SmsDeps {
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly clock: Clock;
  readonly transientSealer: Sealer;
  readonly isOn: boolean;
}

/** The job that sends one message. Its data has the `id` of the row and nothing else. */
export const SEND_SMS = 'send-sms';

// Most messages carry a code, which is valid for ten minutes. Later attempts would be of no use.
const MOST_ATTEMPTS = 20;

/** The writing side of the queue. */
export function createSms({ jobs, clock, transientSealer, isOn }: SmsDeps): Sms {
  return Object.freeze({
    isOn,
    enqueue: async (tx: Database, message: SmsMessage | null) => {
      if (!isOn) return;
      const id = randomUUID();
      await createOutgoingMessageStore(tx, 'outgoing_sms').insert({
        id,
        sealedMessage: transientSealer.seal(JSON.stringify(message), messageContext(id)),
        createdAt: clock.now(),
      });
      await jobs.enqueue(tx, { name: SEND_SMS, data: { id }, maxAttempts: MOST_ATTEMPTS });
    },
  });
}

/** Opens what {@link createSms} sealed. */
export function openSms(transientSealer: Sealer, id: string, sealed: Buffer): SmsMessage | null {
  return JSON.parse(
    transientSealer.open(sealed, messageContext(id)).toString('utf8'),
  ) as SmsMessage | null;
}

/** The place a message is sealed for. */
export function messageContext(id: string): string {
  return `outgoing_sms:sealed_message:${id}`;
}
