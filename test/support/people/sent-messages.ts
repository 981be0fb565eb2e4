import {
  type Channel,
  MAIL,
  type Message,
  openMessage,
  SMS,
} from '../../../src/messaging/message.ts';
import { sql } from '../../../src/platform/postgres/sql.ts';
import type { Connected } from '../../../src/server/services.ts';

type QueueReader = Pick<Connected, 'db' | 'transientSealer'>;

/** Queued mails with content, oldest first; null for a row without a recipient. */
export function readMessages(reader: QueueReader): Promise<(Message | null)[]> {
  return readChannel(reader, MAIL);
}

/** Queued text messages with content, oldest first; null for a row without a recipient. */
export function readSms(reader: QueueReader): Promise<(Message | null)[]> {
  return readChannel(reader, SMS);
}

async function readChannel(
  { db, transientSealer }: QueueReader,
  channel: Channel,
): Promise<(Message | null)[]> {
  const rows = await db.query<{ id: string; sealedMessage: Buffer }>(
    sql`select id, sealed_message from ${sql.identifier(channel.table)}
      where length(sealed_message) > 0 order by created_at, ctid`,
  );
  return rows.map((row) => openMessage(transientSealer, channel, row));
}

/** The code or the link of the newest mail to an address. @throws Error when none was sent. */
export async function newestInMail(
  connected: QueueReader,
  email: string,
  value: 'code' | 'link',
): Promise<string> {
  const found = (await readMessages(connected)).flatMap((mail) =>
    mail?.to === email && mail.values[value] !== undefined ? [String(mail.values[value])] : [],
  );
  const newest = found.at(-1);
  if (newest === undefined) throw new Error(`no ${value} was sent to ${email}`);
  return newest;
}
