import type { Sealer } from '../platform/keys/encryption.ts';

/** A message to send: its text comes from a template, in the reader's language. */
export interface Message {
  /** A mail address, or a phone number in E.164 (`+442079460018`). */
  readonly to: string;
  /** Name of a template of the channel. */
  readonly template: string;
  readonly locale: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** ISO time after which the message is not sent, for example because its code has expired. */
  readonly expiresAt?: string;
}

/** One way to deliver messages. */
export interface Channel {
  readonly name: 'mail' | 'sms';
  readonly table: 'outgoing_messages' | 'outgoing_sms';
  /** The job that sends one message. Its data is the `id` of the row. */
  readonly sendJob: string;
  readonly mostAttempts: number;
  readonly purgeJob: { readonly name: string; readonly schedule: string };
}

export const MAIL: Channel = {
  name: 'mail',
  table: 'outgoing_messages',
  sendJob: 'send-mail',
  // Together with their pauses, about a day.
  mostAttempts: 30,
  purgeJob: { name: 'purge-mails', schedule: '17 * * * *' },
};

export const SMS: Channel = {
  name: 'sms',
  table: 'outgoing_sms',
  sendJob: 'send-sms',
  // Most messages contain a code that is valid for ten minutes. Later attempts would be of no use.
  mostAttempts: 20,
  purgeJob: { name: 'purge-sms', schedule: '23 * * * *' },
};

/** The context that the message of a row is sealed for. */
export function messageContext({ table }: Channel, id: string): string {
  return `${table}:sealed_message:${id}`;
}

/** Opens the message of a row; null when the row has no recipient. @throws UnknownKeyError when its key was destroyed. */
export function openMessage(
  transientSealer: Sealer,
  channel: Channel,
  { id, sealedMessage }: { readonly id: string; readonly sealedMessage: Buffer },
): Message | null {
  const opened = transientSealer.open(sealedMessage, messageContext(channel, id));
  return JSON.parse(opened.toString('utf8')) as Message | null;
}
