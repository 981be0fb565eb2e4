import type { ChangeFeed } from './change-feed.ts';
import type { Clock } from './clock.ts';
import type { Sealer } from './encryption.ts';
import type { Logger } from './logger.ts';
import type { MailTransport, RenderedMail } from './mail-transport.ts';
import { MAIL_TOPIC, type MailMessage, openMessage } from './mailer.ts';
import {
  createOutgoingMessageStore,
  type OutgoingMessage,
  type OutgoingMessageStore,
} from './outgoing-message-store.ts';
import type { Database } from './postgres.ts';

export interface MailDispatcherDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly transport: MailTransport;
  /** Turns a message into words. */
  readonly render: (message: MailMessage) => RenderedMail;
  /** Right side of the Message-ID; the host of the public address. */
  readonly host: string;
}

/** Sends what is queued, beside the requests. Any number of nodes may run one. */
export interface MailDispatcher {
  /** Sends everything that is due now; for tests and commands. @returns how many were taken up. */
  runOnce(): Promise<number>;
  /** Ends after the message under way. */
  stop(): Promise<void>;
}

// Also the longest a mail waits when the wake-up was missed.
const POLL_MS = 5_000;
const LEASE_SECONDS = 60;
const FIRST_RETRY_SECONDS = 10;
const LONGEST_RETRY_SECONDS = 3_600;
// About a day with these pauses.
const MOST_ATTEMPTS = 30;
const KEPT_SECONDS = 7 * 86_400;

/**
 * At least once: a message is taken with a lease, sent outside of any transaction, and then marked. A process that dies
 * in between sends it again under the same Message-ID.
 */
export function startMailDispatcher(deps: MailDispatcherDeps): MailDispatcher {
  const state = { isStopping: false, wake: () => undefined as void };
  const unsubscribe = deps.feed.subscribe(MAIL_TOPIC, () => state.wake());

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      timer.unref();
      state.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const loop = (async () => {
    while (!state.isStopping) {
      // Before the work: a mail queued meanwhile must not wait for the next poll.
      const rest = pause();
      try {
        await dispatchDue(deps, () => state.isStopping);
      } catch (error) {
        deps.logger.warn({ err: error }, 'the mail queue cannot be read');
      }
      if (!state.isStopping) await rest;
    }
  })();

  return Object.freeze({
    runOnce: () => dispatchDue(deps, () => false),
    stop: async () => {
      state.isStopping = true;
      unsubscribe();
      state.wake();
      await loop;
      deps.transport.close();
    },
  });
}

/** Deletes messages that were sent, or given up, a week ago. */
export async function purgeOutgoingMessages(deps: { db: Database; clock: Clock }): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - KEPT_SECONDS * 1000);
  return createOutgoingMessageStore(deps.db).deleteCreatedBefore(before);
}

async function dispatchDue(deps: MailDispatcherDeps, isStopping: () => boolean): Promise<number> {
  const store = createOutgoingMessageStore(deps.db);
  for (let count = 0; ; count += 1) {
    if (isStopping()) return count;
    const now = deps.clock.now();
    const row = await store.claimDue(now, secondsAfter(now, LEASE_SECONDS));
    if (row === null) return count;
    await deliver(deps, store, row);
  }
}

async function deliver(
  deps: MailDispatcherDeps,
  store: OutgoingMessageStore,
  row: OutgoingMessage,
): Promise<void> {
  try {
    const message = openMessage(deps.sealer, row.id, row.sealedMessage);
    // A row nobody gets; see Mailer.enqueue.
    if (message === null) return await store.remove(row.id);
    const now = deps.clock.now();
    if (message.expiresAt !== undefined && new Date(message.expiresAt) <= now) {
      return await store.markFailed(row.id, now, 'too late to be of use');
    }
    const messageId = `<${row.id}@${deps.host}>`;
    await deps.transport.send({ ...deps.render(message), to: message.to, messageId });
    // What was in the mail is nobody's business once it has left.
    const kept = deps.transport.keepsMails ? row.sealedMessage : Buffer.alloc(0);
    await store.markSent(row.id, deps.clock.now(), kept);
  } catch (error) {
    await giveBack(deps, store, { row, error });
  }
}

async function giveBack(
  deps: MailDispatcherDeps,
  store: OutgoingMessageStore,
  { row, error }: { row: OutgoingMessage; error: unknown },
): Promise<void> {
  const now = deps.clock.now();
  // A mail server's answer can name the address: only its code is kept.
  const reason = reasonOf(error);
  const fields = { messageId: row.id, attempts: row.attempts, reason };
  if (row.attempts >= MOST_ATTEMPTS) {
    await store.markFailed(row.id, now, reason);
    deps.logger.error(fields, 'a mail was given up');
    return;
  }
  const pause = Math.min(FIRST_RETRY_SECONDS * 2 ** (row.attempts - 1), LONGEST_RETRY_SECONDS);
  await store.retryAt(row.id, secondsAfter(now, pause), reason);
  deps.logger.warn({ ...fields, retryInSeconds: pause }, 'a mail could not be sent');
}

function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const parts = [code, responseCode].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.map(String).join(' ') : ((error as Error).name ?? 'unknown');
}

function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
