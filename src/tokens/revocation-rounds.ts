import { randomUUID } from 'node:crypto';

import { createFreshCache } from '../platform/fresh-cache.ts';
import type { TokensContext } from './context.ts';
import { createRevocationRoundStore, type RoundResult } from './revocation-round-store.ts';

export type { RoundResult } from './revocation-round-store.ts';

/** The advertised bound: tokens are refused at every endpoint of every node at most this long after a withdrawal. */
export const REVOCATION_BOUND_SECONDS = 1;

/** Topic of the measurements: `begin:<round>` and `result`. */
export const PROBE_TOPIC = 'probe';

const GIVEN_UP_SECONDS = 5;
const KEPT_DAYS = 30;

/**
 * The live measurement of a withdrawal. One node begins a round with a token of the probe; every node watches its own answers
 * to that token; the slowest node's time is the result. All times are read from the database's clock.
 */
export function createRevocationRounds({ db, feed, transientSealer }: TokensContext) {
  const store = createRevocationRoundStore(db);
  const results = createFreshCache<RoundResult | null>({
    feed,
    topic: PROBE_TOPIC,
    maxEntries: 1,
    load: () => store.findLast(),
  });

  return {
    /** Notifies every node to watch this token. @returns the round. */
    async begin(token: string): Promise<string> {
      const id = randomUUID();
      await db.transaction(async (tx) => {
        const writing = createRevocationRoundStore(tx);
        await writing.deleteBefore(KEPT_DAYS);
        await writing.insert(id, transientSealer.seal(token, tokenContext(id)));
        await feed.publish(tx, PROBE_TOPIC, `begin:${id}`);
      });
      return id;
    },

    /** The token to watch; null after the end of the round. */
    async open(roundId: string): Promise<string | null> {
      const sealed = await store.findToken(roundId);
      if (sealed === null) return null;
      return transientSealer.open(sealed, tokenContext(roundId)).toString('utf8');
    },

    /** This node accepted the token and watches until it refuses it. */
    watch: store.watch,

    /** The withdrawal begins now. */
    startTime: store.markWithdrawing,

    /** This node refuses the token now. */
    noteRefusal: store.markRefused,

    progress: store.progress,

    finish: (roundId: string): Promise<void> =>
      db.transaction(async (tx) => {
        await createRevocationRoundStore(tx).finish(roundId, GIVEN_UP_SECONDS);
        await feed.publish(tx, PROBE_TOPIC, 'result');
      }),

    /** The newest result, or null when nothing was measured yet. */
    last: (): Promise<RoundResult | null> => results.get('result'),
  };
}

/** The context for which a watched token is sealed. */
export function tokenContext(roundId: string): string {
  return `revocation_rounds:sealed_token:${roundId}`;
}
