import type { ChangeFeed, ChangeTopic } from './change-feed.ts';

export interface FreshCacheOptions<V> {
  readonly feed: ChangeFeed;
  readonly topic: ChangeTopic;
  readonly maxEntries: number;
  readonly load: (key: string) => Promise<V>;
  /** Which values may be kept. Default: all but `null` and `undefined`. */
  readonly isCacheable?: (value: V) => boolean;
}

interface Load<V> {
  readonly value: Promise<V>;
  /** A change was announced while the row was being read: the result may be the old one. */
  isOvertaken: boolean;
}

/**
 * Copies of rows that are used only as long as this node receives notifications of changes.
 * A read-through cache in this process. A changed key is dropped when its commit is announced; a read that was
 * under way at that moment is answered but not kept. While the feed is not fresh every read goes to `load`.
 */
export function createFreshCache<V>(options: FreshCacheOptions<V>) {
  const { feed, topic, maxEntries, load } = options;
  const isCacheable = options.isCacheable ?? ((value: V) => value !== null && value !== undefined);
  const entries = new Map<string, V>();
  const loads = new Map<string, Load<V>>();

  const drop = (key: string) => {
    entries.delete(key);
    const pending = loads.get(key);
    if (pending !== undefined) pending.isOvertaken = true;
    loads.delete(key);
  };
  feed.subscribe(topic, (key) => {
    if (key !== null) return drop(key);
    entries.clear();
    for (const pending of loads.values()) pending.isOvertaken = true;
    loads.clear();
  });

  const fill = async (key: string, read: () => Promise<V>): Promise<V> => {
    const pending: Load<V> = { value: read(), isOvertaken: false };
    loads.set(key, pending);
    try {
      const value = await pending.value;
      if (!pending.isOvertaken && isCacheable(value)) {
        makeRoom(entries, maxEntries);
        entries.set(key, value);
      }
      return value;
    } finally {
      if (loads.get(key) === pending) loads.delete(key);
    }
  };

  return {
    /** The value as of at most the feed's freshness bound ago. */
    async get(key: string): Promise<V> {
      if (!feed.isFresh()) return load(key);
      const known = entries.get(key);
      if (known !== undefined || entries.has(key)) return known as V;
      return loads.get(key)?.value ?? fill(key, () => load(key));
    },
    /** Keeps the value of a new key, which `create` writes and returns, unless a change of it is announced before `create` ends. */
    create: (key: string, create: () => Promise<V>): Promise<V> =>
      feed.isFresh() ? fill(key, create) : create(),
    drop,
  };
}

export type FreshCache<V> = ReturnType<typeof createFreshCache<V>>;

// First in, first out: an insert costs one Map operation, and a frequently used key that is dropped costs one read.
function makeRoom(entries: Map<string, unknown>, maxEntries: number): void {
  if (entries.size < maxEntries) return;
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}
