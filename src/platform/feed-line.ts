import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import type pg from 'pg';

import { createClient } from './postgres/postgres-client.ts';
import { beginSession } from './postgres/postgres-session.ts';

export interface ChangeFeedOptions {
  /** The address to which notifications are sent, as changes are. */
  readonly url: string;
  /** The address at which they are received: PostgreSQL itself, not a pooler. Default: the same. */
  readonly directUrl?: string;
  readonly applicationName: string;
}

/** The channel of the announcements of changes. */
export const CHANNEL = 'consentry_changes';
/** A connection that has received nothing for this long is closed and opened again. */
export const SILENT_AFTER_MS = 2_000;
const FRESH_FOR_MS = 750;
const CLOSE_WITHIN_MS = 1_000;

/** Receives the notifications. */
interface Receiver {
  receive(payload: string): void;
  forgetEverything(): void;
}

interface Connections {
  readonly listening: pg.Client;
  readonly sending: pg.Client;
  readonly since: number;
}

/**
 * The two connections of a feed to PostgreSQL: one listens, the other sends test notifications to the first.
 * @param isClosing true: do not connect again.
 */
export function createFeedLine(
  options: ChangeFeedOptions,
  listeners: Receiver,
  isClosing: () => boolean,
) {
  // Only this process listens to it.
  const beats = `consentry_beat_${randomUUID().replaceAll('-', '')}`;
  const state = {
    connections: undefined as Connections | undefined,
    receivedAt: -Infinity,
    hasReceived: false,
  };

  const receive = ({ channel, payload = '' }: pg.Notification): void => {
    if (channel !== beats) return listeners.receive(payload);
    // The time of sending: notifications of all commits before it have arrived.
    state.receivedAt = Number(payload);
    state.hasReceived = true;
  };

  const connect = async (): Promise<void> => {
    const listening = clientFor(options, options.directUrl ?? options.url);
    const sending = clientFor(options, options.url);
    listening.on('notification', receive);
    try {
      await Promise.all([listening, sending].map(begin));
      await listening.query(`listen ${CHANNEL}; listen ${beats}`);
      // Notifications that were sent between the two connections were missed.
      listeners.forgetEverything();
      state.connections = { listening, sending, since: performance.now() };
      await sendBeat(state.connections, beats);
    } catch {
      state.connections = undefined;
      await endSoon([listening, sending]);
    }
  };

  const beat = async (): Promise<void> => {
    const { connections } = state;
    try {
      if (connections === undefined) throw new Error('not connected');
      await sendBeat(connections, beats);
      const receivedAt = Math.max(state.receivedAt, connections.since);
      if (performance.now() - receivedAt > SILENT_AFTER_MS)
        throw new Error('notifications do not arrive');
    } catch {
      state.connections = undefined;
      await end(connections);
      if (!isClosing()) await connect();
    }
  };

  return {
    connect,
    /** Sends a notification to this node; reconnects when that fails or nothing arrives. */
    beat,
    isConnected: () => state.connections !== undefined,
    isFresh: () =>
      state.connections !== undefined && performance.now() - state.receivedAt < FRESH_FOR_MS,
    /** Has any notification ever arrived? */
    hasReceived: () => state.hasReceived,
    close: () => end(state.connections),
  };
}

async function begin(client: pg.Client): Promise<void> {
  await client.connect();
  await beginSession(client);
}

function sendBeat({ sending }: Connections, channel: string): Promise<unknown> {
  return sending.query('select pg_notify($1, $2)', [channel, String(performance.now())]);
}

async function end(connections: Connections | undefined): Promise<void> {
  if (connections !== undefined) await endSoon([connections.listening, connections.sending]);
}

/** An interrupted network never confirms the end, so stopping does not wait for it. */
async function endSoon(clients: readonly pg.Client[]): Promise<void> {
  const ending = Promise.allSettled(clients.map((client) => client.end()));
  await Promise.race([ending, sleep(CLOSE_WITHIN_MS)]);
}

function clientFor({ applicationName }: ChangeFeedOptions, url: string): pg.Client {
  const client = createClient(url, {
    application_name: `${applicationName}-feed`,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
    keepAlive: true,
  });
  // The next test notification detects a lost connection.
  client.on('error', () => undefined);
  return client;
}

/** Settles after the time; does not keep the process alive. */
export function sleep(milliseconds: number): Promise<void> {
  return setTimeout(milliseconds, undefined, { ref: false });
}
