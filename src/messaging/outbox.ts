import { unlessKeyIsGone, type Sealer } from '../platform/keys/encryption.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { type Channel, type Message, openMessage } from './message.ts';
import { createMessageStore } from './message-store.ts';
import type { MessageTransport } from './message-transport.ts';

/** A message that did not leave, readable for development. */
export interface OutboxEntry {
  readonly message: Message;
  readonly createdAt: Date;
  /** Null: no job has processed it yet. */
  readonly sentAt: Date | null;
}

const MOST = 50;

/** The newest messages that were kept, newest first. There are none if the messages are really sent. */
export async function listOutbox(
  { db, transientSealer }: { readonly db: Database; readonly transientSealer: Sealer },
  channel: Channel,
): Promise<OutboxEntry[]> {
  const rows = await createMessageStore(db, channel).listRecent(MOST);
  return rows.flatMap((row) => {
    // The keys of messages are destroyed before the last messages that they sealed are deleted.
    const message = unlessKeyIsGone(() => openMessage(transientSealer, channel, row));
    return message === null ? [] : [{ message, createdAt: row.createdAt, sentAt: row.sentAt }];
  });
}

/** For development: messages stay readable on the outbox page, and the log has a line for each. */
export function createOutboxTransport<Content>(options: {
  readonly logger: Logger;
  readonly pageUrl: string;
  readonly describe: (to: string, content: Content) => string;
}): MessageTransport<Content> {
  const { logger, pageUrl, describe } = options;
  return {
    keepsMessages: true,
    send: async ({ to, content }) =>
      logger.info({}, `${describe(to, content)} (read it at ${pageUrl})`),
    isOutage: () => false,
    close: () => undefined,
  };
}
