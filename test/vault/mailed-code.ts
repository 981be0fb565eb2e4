import { openMessage } from '../../src/messaging/mailer.ts';
import type { Connected } from '../../src/server/services.ts';

/** The code of the newest mail to an address, as its reader finds it. */
export function codeFor(connected: Connected, email: string): Promise<string> {
  return newestFor(connected, email, 'code');
}

/** What is in the link of the newest mail to an address. */
export function linkFor(connected: Connected, email: string): Promise<string> {
  return newestFor(connected, email, 'link');
}

async function newestFor(
  { db, transientSealer }: Connected,
  email: string,
  name: 'code' | 'link',
): Promise<string> {
  const rows = await db.query<{ id: string; sealed_message: Buffer }>({
    name: 'test-newest-messages',
    text: `select id, sealed_message from outgoing_messages where length(sealed_message) > 0
           order by created_at desc`,
  });
  for (const { id, sealed_message: sealed } of rows) {
    const message = openMessage(transientSealer, id, sealed);
    if (message?.to === email && message.values[name] !== undefined) {
      return String(message.values[name]);
    }
  }
  throw new Error(`no ${name} was mailed to ${email}`);
}
