import { unlessKeyIsGone, type Sealer } from '../platform/keys/encryption.ts';
import { type MailMessage, openMessage } from './mailer.ts';
import { createOutgoingMessageStore } from './outgoing-message-store.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** A mail that did not leave, readable for development. */
export interface OutboxEntry {
  readonly id: string;
  readonly message: MailMessage;
  readonly createdAt: Date;
  /** Null: no dispatcher has taken it up yet. */
  readonly sentAt: Date | null;
}

const MOST = 50;

/** The newest mails that were kept, newest first. Nothing is kept where mails really leave. */
export async function listOutbox(deps: {
  readonly db: Database;
  readonly transientSealer: Sealer;
}): Promise<OutboxEntry[]> {
  const rows = await createOutgoingMessageStore(deps.db, 'outgoing_messages').listRecent(MOST);
  return rows.flatMap(({ id, sealedMessage, createdAt, sentAt }) => {
    // The keys of mails are destroyed before the last mails they sealed are deleted.
    const message = unlessKeyIsGone(() => openMessage(deps.transientSealer, id, sealedMessage));
    return message === null ? [] : [{ id, message, createdAt, sentAt }];
  });
}
