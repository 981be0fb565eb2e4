import { randomUUID } from 'node:crypto';

import pg from 'pg';

import type { Database } from './postgres.ts';

/**
 * Everything that can be announced. A listener hears only its own topic: what one topic makes a node do (a new provider for
 * `signing-keys`) must not happen for another. `keys` are the transient keys, which change every day; the name is older than
 * `signing-keys`, and nodes of two releases must understand each other.
 */
export type ChangeTopic =
  | 'account'
  | 'catalogue'
  | 'client'
  | 'consent'
  | 'grant'
  | 'keys'
  | 'probe'
  | 'revoked-token'
  | 'session'
  | 'signing-keys'
  | 'timeline'
  | 'vault';

/**
 * Tells every node what changed, in the order of the commits (PostgreSQL LISTEN/NOTIFY).
 *
 * The connection is also asked for a sign of life several times a second. A node that has not heard from
 * Postgres lately may have missed a change (a cut network, a paused process), so it must not trust its copies:
 * {@link ChangeFeed.isFresh} then says no and every cache reads through.
 */
export interface ChangeFeed {
  /** Announces a change when `tx` commits; nothing is announced if it rolls back. */
  publish(tx: Database, topic: ChangeTopic, key: string): Promise<void>;
  /** Calls `listener` with the changed key, or with `null` when anything may have changed. */
  subscribe(topic: ChangeTopic, listener: (key: string | null) => void): () => void;
  isFresh(): boolean;
  /** Tells every listener of this node that anything may have changed. */
  forgetEverything(): void;
  close(): Promise<void>;
}

export interface ChangeFeedOptions {
  readonly url: string;
  readonly applicationName: string;
}

const CHANNEL = 'consentry_changes';
const HEARTBEAT_MS = 200;
const FRESH_FOR_MS = 750;
const RECONNECT_MS = 250;
const CLOSE_WITHIN_MS = 1_000;

type Listener = (key: string | null) => void;

/** Connects in the background and keeps reconnecting; resolves once the first attempt has ended. */
export async function openChangeFeed(options: ChangeFeedOptions): Promise<ChangeFeed> {
  const listeners = createListeners();
  const state = { client: undefined as pg.Client | undefined, heardAt: -Infinity, isClosed: false };

  const connect = async (): Promise<void> => {
    const client = clientFor(options);
    client.on('notification', ({ payload }) => listeners.receive(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // Whatever was announced between the two connections was missed.
      listeners.forgetEverything();
      state.client = client;
      state.heardAt = performance.now();
    } catch {
      await client.end().catch(() => undefined);
    }
  };

  const beat = async (): Promise<void> => {
    const { client } = state;
    const askedAt = performance.now();
    try {
      if (client === undefined) throw new Error('not connected');
      await client.query('select 1');
      state.heardAt = askedAt;
    } catch {
      state.client = undefined;
      await client?.end().catch(() => undefined);
      if (!state.isClosed) await connect();
    }
  };

  await connect();
  const loop = (async () => {
    while (!state.isClosed) {
      await sleep(state.client === undefined ? RECONNECT_MS : HEARTBEAT_MS);
      if (!state.isClosed) await beat();
    }
  })();

  return Object.freeze({
    publish: async (tx: Database, topic: ChangeTopic, key: string) => {
      const id = randomUUID();
      await tx.query({
        name: 'change-feed-publish',
        text: 'select pg_notify($1, $2)',
        values: [CHANNEL, `${id} ${topic} ${key}`],
      });
      // This node does not wait for its own announcement: whoever made the change sees it at the next request. When it
      // comes later it says nothing new. After a commit that nobody confirmed, it is all there is.
      tx.afterCommit(() => listeners.deliverOwn(id, topic, key));
    },
    ...receivingSide(listeners),
    isFresh: () => performance.now() - state.heardAt < FRESH_FOR_MS,
    close: async () => {
      state.isClosed = true;
      await loop;
      if (state.client !== undefined) await endSoon(state.client);
    },
  });
}

function receivingSide({
  subscribe,
  forgetEverything,
}: ReturnType<typeof createListeners>): Pick<ChangeFeed, 'subscribe' | 'forgetEverything'> {
  return { subscribe, forgetEverything };
}

/** A cut network never confirms the end; stopping must not wait for it. */
async function endSoon(client: pg.Client): Promise<void> {
  const ending = client.end().catch(() => undefined);
  await Promise.race([ending, sleep(CLOSE_WITHIN_MS)]);
}

function clientFor({ url, applicationName }: ChangeFeedOptions): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: `${applicationName}-feed`,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
    keepAlive: true,
  });
  // A lost connection is noticed by the next beat.
  client.on('error', () => undefined);
  return client;
}

// Enough for what is under way between a commit and its announcement; forgetting one costs a read.
const MOST_REMEMBERED = 1_000;

function createListeners() {
  const groups = new Map<string, Set<Listener>>();
  const deliver = (topic: string, key: string): void => {
    for (const listener of groups.get(topic) ?? []) listener(key);
  };
  const delivered = new Set<string>();
  return {
    deliverOwn: (id: string, topic: string, key: string): void => {
      if (delivered.size >= MOST_REMEMBERED) delivered.clear();
      delivered.add(id);
      deliver(topic, key);
    },
    receive: (payload: string): void => {
      const [id = '', topic = '', ...key] = payload.split(' ');
      if (!delivered.delete(id)) deliver(topic, key.join(' '));
    },
    forgetEverything: (): void => {
      for (const group of groups.values()) for (const listener of group) listener(null);
    },
    subscribe: (topic: string, listener: Listener): (() => void) => {
      const group = groups.get(topic) ?? new Set<Listener>();
      groups.set(topic, group.add(listener));
      return () => void group.delete(listener);
    },
  };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
