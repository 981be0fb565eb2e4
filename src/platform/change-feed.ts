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
 * Several times a second this node also notifies itself, through another connection than the one that listens. A node that
 * has not received its own notification lately may have missed a change (a cut network, a paused process, a pooler that
 * drops notifications), so it must not trust its copies: {@link ChangeFeed.isFresh} is false then and every cache reads
 * through.
 */
export interface ChangeFeed {
  /** Announces a change when `tx` commits; nothing is announced if it rolls back. */
  publish(tx: Database, topic: ChangeTopic, key: string): Promise<void>;
  /** Calls `listener` with the changed key, or with `null` when anything may have changed. */
  subscribe(topic: ChangeTopic, listener: (key: string | null) => void): () => void;
  isFresh(): boolean;
  /** Tells every listener of this node that anything may have changed. */
  forgetEverything(): void;
  /** Connections work and notifications have never arrived: a pooler in transaction mode is between. */
  isDeaf(): boolean;
  close(): Promise<void>;
}

export interface ChangeFeedOptions {
  /** Where notifications are sent: as changes are. */
  readonly url: string;
  /** Where they are received: PostgreSQL itself, not a pooler. Default: the same. */
  readonly directUrl?: string;
  readonly applicationName: string;
}

const CHANNEL = 'consentry_changes';
const HEARTBEAT_MS = 200;
const FRESH_FOR_MS = 750;
const RECONNECT_MS = 250;
const CLOSE_WITHIN_MS = 1_000;
/** A connection through which nothing has come for so long is given up. */
const DEAF_AFTER_MS = 2_000;

type Listener = (key: string | null) => void;

interface Connections {
  readonly listening: pg.Client;
  readonly sending: pg.Client;
  readonly since: number;
}

/** Connects in the background and keeps reconnecting; resolves once the first attempt has ended. */
export async function openChangeFeed(options: ChangeFeedOptions): Promise<ChangeFeed> {
  const listeners = createListeners();
  // Only this process listens to it.
  const beats = `consentry_beat_${randomUUID().replaceAll('-', '')}`;
  const state = {
    connections: undefined as Connections | undefined,
    heardAt: -Infinity,
    hasHeard: false,
    isClosed: false,
  };

  const receive = ({ channel, payload = '' }: pg.Notification): void => {
    if (channel !== beats) return listeners.receive(payload);
    // When it was sent: what had been committed before then has arrived.
    state.heardAt = Number(payload);
    state.hasHeard = true;
  };
  const send = ({ sending }: Connections): Promise<unknown> =>
    sending.query('select pg_notify($1, $2)', [beats, String(performance.now())]);

  const connect = async (): Promise<void> => {
    const listening = clientFor(options, options.directUrl ?? options.url);
    const sending = clientFor(options, options.url);
    listening.on('notification', receive);
    try {
      await Promise.all([listening.connect(), sending.connect()]);
      await listening.query(`listen ${CHANNEL}; listen ${beats}`);
      // Whatever was announced between the two connections was missed.
      listeners.forgetEverything();
      state.connections = { listening, sending, since: performance.now() };
      await send(state.connections);
    } catch {
      state.connections = undefined;
      await endSoon([listening, sending]);
    }
  };

  const beat = async (): Promise<void> => {
    const { connections } = state;
    try {
      if (connections === undefined) throw new Error('not connected');
      await send(connections);
      const heardAt = Math.max(state.heardAt, connections.since);
      if (performance.now() - heardAt > DEAF_AFTER_MS)
        throw new Error('notifications do not arrive');
    } catch {
      state.connections = undefined;
      if (connections !== undefined) await endSoon([connections.listening, connections.sending]);
      if (!state.isClosed) await connect();
    }
  };

  const isFresh = (): boolean =>
    state.connections !== undefined && performance.now() - state.heardAt < FRESH_FOR_MS;

  await connect();
  const deadline = performance.now() + DEAF_AFTER_MS;
  while (state.connections !== undefined && !state.hasHeard && performance.now() < deadline) {
    await sleep(5);
  }
  const isDeafAtStart = state.connections !== undefined && !state.hasHeard;
  const loop = (async () => {
    while (!state.isClosed) {
      await sleep(state.connections === undefined ? RECONNECT_MS : HEARTBEAT_MS);
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
    isFresh,
    isDeaf: () => isDeafAtStart && !state.hasHeard,
    close: async () => {
      state.isClosed = true;
      await loop;
      const { connections } = state;
      if (connections !== undefined) await endSoon([connections.listening, connections.sending]);
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
async function endSoon(clients: readonly pg.Client[]): Promise<void> {
  const ending = Promise.allSettled(clients.map((client) => client.end()));
  await Promise.race([ending, sleep(CLOSE_WITHIN_MS)]);
}

function clientFor({ applicationName }: ChangeFeedOptions, url: string): pg.Client {
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
