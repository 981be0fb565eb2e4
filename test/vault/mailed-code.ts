import { openMessage } from '../../src/platform/mailer.ts';
import type { Connected } from '../../src/services.ts';

/** The code of the newest mail to an address, as its reader finds it. */
export async function codeFor({ db, sealer }: Connected, email: string): Promise<string> {
  const rows = await db.query<{ id: string; sealed_message: Buffer }>({
    name: 'test-newest-messages',
    text: `select id, sealed_message from outgoing_messages where length(sealed_message) > 0
           order by created_at desc`,
  });
  for (const { id, sealed_message: sealed } of rows) {
    const message = openMessage(sealer, id, sealed);
    if (message?.to === email && message.values['code'] !== undefined) {
      return String(message.values['code']);
    }
  }
  throw new Error(`no code was mailed to ${email}`);
}
