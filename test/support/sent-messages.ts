import { type MailMessage, openMessage } from '../../src/messaging/mailer.ts';
import { openSms, type SmsMessage } from '../../src/messaging/sms.ts';
import type { Connected } from '../../src/server/services.ts';

/** Every queued mail, oldest first; null for a row that is sent to no one. */
export async function readMessages({
  db,
  transientSealer,
}: Connected): Promise<(MailMessage | null)[]> {
  const rows = await db.query<{ id: string; sealed_message: Buffer }>({
    name: 'test-read-messages',
    text: 'select id, sealed_message from outgoing_messages order by created_at, ctid',
  });
  return rows.map((row) => openMessage(transientSealer, row.id, row.sealed_message));
}

/** Every queued text message, oldest first; null for a row that is sent to no one. */
export async function readSms({ db, transientSealer }: Connected): Promise<(SmsMessage | null)[]> {
  const rows = await db.query<{ id: string; sealed_message: Buffer }>({
    name: 'test-read-sms',
    text: 'select id, sealed_message from outgoing_sms order by created_at, ctid',
  });
  return rows.map((row) => openSms(transientSealer, row.id, row.sealed_message));
}

/** The code or the link of the newest mail to an address. @throws Error when none was sent. */
export async function newestInMail(
  connected: Connected,
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
