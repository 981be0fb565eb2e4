import { randomUUID } from 'node:crypto';

import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import {
  createRevocationRoundStore,
  type RoundProgress,
  type RoundResult,
} from './revocation-round-store.ts';

export type { RoundProgress, RoundResult } from './revocation-round-store.ts';

/** The advertised bound: tokens are refused at every endpoint of every node at most this long after a withdrawal. */
export const REVOCATION_BOUND_SECONDS = 1;

/** Topic of the measurements: `begin:<round>` and `result`. */
export const PROBE_TOPIC = 'probe';

const GIVEN_UP_SECONDS = 5;
const KEPT_DAYS = 30;

/**
 * The live measurement of a withdrawal. One node begins a round with a token of the probe; every node watches how it
 * answers to that token; the slowest node's time is the result. All times are read from the database's clock.
 */
export interface RevocationRounds {
  /** Notifies every node to watch this token. @returns the round. */
  begin(token: string): Promise<string>;
  /** The token to watch; null when the round is over already. */
  open(roundId: string): Promise<string | null>;
  /** This node got through with the token and goes on trying. */
  watch(roundId: string, node: string): Promise<void>;
  /** From now on the time runs. */
  startTime(roundId: string): Promise<void>;
  /** This node refuses now. */
  noteRefusal(roundId: string, node: string): Promise<void>;
  progress(roundId: string): Promise<RoundProgress>;
  finish(roundId: string): Promise<void>;
  /** The newest result, or null when nothing was measured yet. */
  last(): Promise<RoundResult | null>;
}

export interface RevocationRoundsDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly transientSealer: Sealer;
}

export function createRevocationRounds({
  db,
  feed,
  transientSealer,
}: RevocationRoundsDeps): RevocationRounds {
  const store = createRevocationRoundStore(db);
  const results = createFreshCache<RoundResult | null>({
    feed,
    topic: PROBE_TOPIC,
    maxEntries: 1,
    load: () => store.findLast(),
  });

  return Object.freeze({
    begin: async (token: string) => {
      const id = randomUUID();
      await db.transaction(async (tx) => {
        const writing = createRevocationRoundStore(tx);
        await writing.deleteBefore(KEPT_DAYS);
        await writing.insert(id, transientSealer.seal(token, tokenContext(id)));
        await feed.publish(tx, PROBE_TOPIC, `begin:${id}`);
      });
      return id;
    },
    open: async (roundId: string) => {
      const sealed = await store.findToken(roundId);
      return sealed === null
        ? null
        : transientSealer.open(sealed, tokenContext(roundId)).toString('utf8');
    },
    watch: store.watch,
    startTime: store.markWithdrawing,
    noteRefusal: store.markRefused,
    progress: store.progress,
    finish: (roundId: string) =>
      db.transaction(async (tx) => {
        await createRevocationRoundStore(tx).finish(roundId, GIVEN_UP_SECONDS);
        await feed.publish(tx, PROBE_TOPIC, 'result');
      }),
    last: () => results.get('result'),
  });
}

/** The place a watched token is sealed for. */
export function tokenContext(roundId: string): string {
  return `revocation_rounds:sealed_token:${roundId}`;
}
