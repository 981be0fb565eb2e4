import { randomUUID } from 'node:crypto';

import {
  CHANNEL,
  type ChangeFeedOptions,
  createFeedLine,
  SILENT_AFTER_MS,
  sleep,
} from './feed-line.ts';
import type { Database } from './postgres/postgres.ts';
import { sql, type SqlStatement } from './postgres/sql.ts';

/**
 * All topics of changes. A listener receives only its own topic, because the work for one topic (a new provider for
 * `signing-keys`) must not be done for another. `keys` stands for the transient keys, which change every day. The name
 * stays, because nodes of two releases exchange notifications during an upgrade.
 */
export const CHANGE_TOPICS = [
  'account',
  'catalogue',
  'client',
  'consent',
  'grant',
  'keys',
  'logout',
  'probe',
  'revoked-token',
  'session',
  'signing-keys',
  'vault',
] as const;

/** One of {@link CHANGE_TOPICS}. */
export type ChangeTopic = (typeof CHANGE_TOPICS)[number];

const HEARTBEAT_MS = 200;
const RECONNECT_MS = 250;

/** `changeId` names the change, for a node that has made it. */
type Listener = (key: string | null, changeId?: string) => void;

/**
 * Notifies every node of changes, in the order of the commits (PostgreSQL LISTEN/NOTIFY).
 *
 * Several times a second this node also notifies itself, on another connection than the listening one. A node that has
 * not received its own notification recently may have missed a change (a cut network, a paused process, a pooler that
 * drops notifications), so it must not trust its copies: `isFresh` is false then and every cache reads through.
 *
 * Connects in the background and keeps reconnecting; resolves once the first attempt has ended.
 */
export async function openChangeFeed(options: ChangeFeedOptions) {
  const listeners = createListeners();
  const state = { isClosed: false };
  const line = createFeedLine(options, listeners, () => state.isClosed);

  await line.connect();
  const deadline = performance.now() + SILENT_AFTER_MS;
  while (line.isConnected() && !line.hasReceived() && performance.now() < deadline) await sleep(5);
  const isSilentAtStart = line.isConnected() && !line.hasReceived();
  const loop = (async () => {
    while (!state.isClosed) {
      await sleep(line.isConnected() ? HEARTBEAT_MS : RECONNECT_MS);
      if (!state.isClosed) await line.beat();
    }
  })();

  return {
    /** Announces a change when `tx` commits; nothing is announced if it rolls back. */
    async publish(tx: Database, topic: ChangeTopic, key: string): Promise<void> {
      const id = randomUUID();
      await tx.execute(sql`select pg_notify(${CHANNEL}, ${`${id} ${topic} ${key}`})`);
      // This node does not wait for its own notification, so the caller of a change sees it at the next request. The
      // later notification has no effect. Copies are also dropped after a commit whose answer was lost, because a
      // repeated request finds the change done and announces nothing.
      tx.afterPossibleCommit((isCommitted) =>
        listeners.deliverOwn({ id, topic, key, isCommitted }),
      );
    },

    /**
     * The announcement of a change that one statement makes: `call` is an expression of that statement; `deliver` notifies this
     * node. Call it after the statement, also after a failed one, because that may be committed nevertheless, even
     * later.
     */
    announcement(topic: ChangeTopic, key: string) {
      const id = randomUUID();
      return {
        id,
        call: sql`pg_notify(${CHANNEL}, ${`${id} ${topic} ${key}`})`,
        deliver: (isCommitted: boolean) => listeners.deliverOwn({ id, topic, key, isCommitted }),
      };
    },

    /**
     * An expression that announces a change for each row of `from`, whose column `key` is a text. It takes effect with the commit of the
     * statement, on this node too.
     */
    announcements: (topic: ChangeTopic, from: SqlStatement): SqlStatement =>
      sql`(select count(pg_notify(${CHANNEL}, gen_random_uuid() || ${` ${topic} `} || key)) from ${from})`,

    /** Calls `listener` with the changed key, or with `null` when anything may have changed. */
    subscribe(topic: ChangeTopic, listener: Listener): () => void {
      return listeners.subscribe(topic, listener);
    },

    /** Calls `listener` when changes may have been missed: after a new connection, and with `forgetEverything`. */
    onGap: listeners.onGap,

    /** Calls every listener of this node with `null`: anything may have changed. */
    forgetEverything: listeners.forgetEverything,

    isFresh: line.isFresh,

    /** Connections work and notifications have never arrived: a pooler in transaction mode stands in front of PostgreSQL. */
    isSilent: () => isSilentAtStart && !line.hasReceived(),

    async close(): Promise<void> {
      state.isClosed = true;
      await loop;
      await line.close();
    },
  };
}

export type ChangeFeed = Awaited<ReturnType<typeof openChangeFeed>>;

// More than the number of changes between a commit and its notification. A change that is dropped from the list costs
// one read.
const MOST_REMEMBERED = 1_000;

function remember(ids: Set<string>, id: string): void {
  if (ids.size >= MOST_REMEMBERED) ids.clear();
  ids.add(id);
}

interface OwnChange {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly isCommitted: boolean;
}

function createListeners() {
  const groups = new Map<string, Set<Listener>>();
  const atGaps = new Set<() => void>();
  const deliver = (topic: string, key: string, id: string): void => {
    for (const listener of groups.get(topic) ?? []) listener(key, id);
  };
  // A change of this node arrives twice, directly and as a notification, in any order. Only the first is delivered.
  const delivered = new Set<string>();
  const received = new Set<string>();
  return {
    deliverOwn: ({ id, topic, key, isCommitted }: OwnChange): void => {
      if (received.delete(id)) return;
      // Before the commit, another request may cache the old row again; the notification then drops that copy.
      if (isCommitted) remember(delivered, id);
      deliver(topic, key, id);
    },
    receive: (payload: string): void => {
      const [id = '', topic = '', ...key] = payload.split(' ');
      if (delivered.delete(id)) return;
      remember(received, id);
      deliver(topic, key.join(' '), id);
    },
    forgetEverything: (): void => {
      for (const group of groups.values()) for (const listener of group) listener(null);
      for (const listener of atGaps) listener();
    },
    onGap: (listener: () => void): (() => void) => {
      atGaps.add(listener);
      return () => void atGaps.delete(listener);
    },
    subscribe: (topic: string, listener: Listener): (() => void) => {
      const group = groups.get(topic) ?? new Set<Listener>();
      groups.set(topic, group.add(listener));
      return () => void group.delete(listener);
    },
  };
}
