import type { TokensContext } from './context.ts';
import { createRevokedTokenStore } from './revoked-token-store.ts';

interface RevokedTokensDeps extends Pick<TokensContext, 'db' | 'feed' | 'clock'> {
  /** Maximum number of rows in memory; with more, each look-up goes to the database. Default 100,000. */
  readonly mostKept?: number;
}

/** Topic of the change feed; the key is the fingerprint in base64url. */
const TOPIC = 'revoked-token';
const MOST_KEPT = 100_000;
/** The copy is read again at this interval, which drops expired entries. */
const RELOAD_MS = 3_600_000;

interface Copy {
  readonly fingerprints: Set<string>;
  readonly begunAt: number;
  /** Settles when the rows have been read. */
  readonly loaded: Promise<void>;
}

/**
 * Single access tokens that ended before their time. The rows are in Postgres; each node keeps a copy. While the feed is not
 * fresh, or there are too many rows to keep, each look-up goes to the database.
 */
export function createRevokedTokens({ db, feed, clock, mostKept = MOST_KEPT }: RevokedTokensDeps) {
  const store = createRevokedTokenStore(db);
  let copy: Copy | null = null;

  feed.subscribe(TOPIC, (key) => {
    if (key === null) copy = null;
    // One row more than is kept shows that there are too many.
    else if (copy !== null && copy.fingerprints.size <= mostKept) copy.fingerprints.add(key);
  });

  const begin = (): Copy => {
    const fingerprints = new Set<string>();
    const now = clock.now();
    const load = async (): Promise<void> => {
      try {
        for (const row of await store.list(now, mostKept + 1)) fingerprints.add(nameOf(row));
      } catch (error) {
        if (copy === begun) copy = null;
        throw error;
      }
    };
    const begun: Copy = { fingerprints, begunAt: now.getTime(), loaded: load() };
    copy = begun;
    return begun;
  };
  const isCurrent = ({ begunAt }: Copy) => clock.now().getTime() - begunAt < RELOAD_MS;

  return {
    /** Current as of at most the feed's freshness bound ago. */
    async has(fingerprint: Buffer): Promise<boolean> {
      if (!feed.isFresh()) return store.has(fingerprint);
      const current = copy !== null && isCurrent(copy) ? copy : begin();
      await current.loaded;
      if (current.fingerprints.size > mostKept) return store.has(fingerprint);
      return current.fingerprints.has(nameOf(fingerprint));
    },

    /** The revocation is durable and announced to every node when this returns. A repeated call changes nothing. */
    async add(fingerprint: Buffer, expiresAt: Date): Promise<void> {
      const { call, deliver } = feed.announcement(TOPIC, nameOf(fingerprint));
      await store.insert(fingerprint, expiresAt, call);
      deliver(true);
    },
  };
}

export type RevokedTokens = ReturnType<typeof createRevokedTokens>;

function nameOf(fingerprint: Buffer): string {
  return fingerprint.toString('base64url');
}
