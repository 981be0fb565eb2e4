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
  /** Overtaken: a change was announced while the row was being read, so the result may be the old one. */
  readonly state: { isOvertaken: boolean };
}

/** A change must have its effect within a second: a read that took longer and was overtaken is repeated. */
const LONGEST_OVERTAKEN_MS = 500;

/**
 * Copies of rows that are used only as long as this node receives notifications of changes.
 * A read-through cache in this process. A changed key is dropped when its commit is announced; the result of a read that was
 * under way at that moment is not kept, and is not used either when the read took long. While the feed is not fresh every read
 * goes to `load`.
 */
export function createFreshCache<V>(options: FreshCacheOptions<V>) {
  const { feed, topic, maxEntries, load } = options;
  const isCacheable = options.isCacheable ?? ((value: V) => value !== null && value !== undefined);
  const entries = new Map<string, V>();
  const loads = new Map<string, Load<V>>();

  const drop = (key: string) => {
    entries.delete(key);
    const pending = loads.get(key);
    if (pending !== undefined) pending.state.isOvertaken = true;
    loads.delete(key);
  };
  feed.subscribe(topic, (key) => {
    if (key !== null) return drop(key);
    entries.clear();
    for (const pending of loads.values()) pending.state.isOvertaken = true;
    loads.clear();
  });

  const get = async (key: string): Promise<V> => {
    if (!feed.isFresh()) return load(key);
    const known = entries.get(key);
    if (known !== undefined || entries.has(key)) return known as V;
    return loads.get(key)?.value ?? fill(key, () => load(key));
  };
  const fill = (key: string, source: () => Promise<V>): Promise<V> => {
    const state = { isOvertaken: false };
    const value = read(key, source, state);
    loads.set(key, { value, state });
    return value;
  };
  const read = async (
    key: string,
    source: () => Promise<V>,
    state: Load<V>['state'],
  ): Promise<V> => {
    const begunAt = performance.now();
    const value = await source().finally(() => {
      if (loads.get(key)?.state === state) loads.delete(key);
    });
    // Without a fresh feed, the notification of a change may be missing.
    const isDoubtful = state.isOvertaken || !feed.isFresh();
    if (isDoubtful && performance.now() - begunAt > LONGEST_OVERTAKEN_MS) return get(key);
    if (!isDoubtful && isCacheable(value)) {
      makeRoom(entries, maxEntries);
      entries.set(key, value);
    }
    return value;
  };

  return {
    /** The value as of at most the feed's freshness bound ago. */
    get,
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
