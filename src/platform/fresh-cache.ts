import type { ChangeFeed, ChangeTopic } from './change-feed.ts';

interface FreshCacheOptions<V> {
  readonly feed: ChangeFeed;
  readonly topic: ChangeTopic;
  readonly maxEntries: number;
  readonly load: (key: string) => Promise<V>;
}

interface LoadState {
  /** A change was announced meanwhile, so the result may be the old one. */
  isOvertaken: boolean;
}

interface Load<V> {
  readonly value: Promise<V>;
  readonly state: LoadState;
}

interface Write {
  readonly state: LoadState;
  /** The change that it makes; undefined: the key is new, and its creation is not announced. */
  readonly changeId: string | undefined;
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
  const { feed, load } = options;
  const { entries, loads, writes, drop, set } = createCopies<V>(options);

  const get = async (key: string): Promise<V> => {
    if (!feed.isFresh()) return load(key);
    const known = entries.get(key);
    if (known !== undefined) return known;
    return loads.get(key)?.value ?? fill(key);
  };
  const fill = (key: string): Promise<V> => {
    const state = { isOvertaken: false };
    const value = read(key, state);
    loads.set(key, { value, state });
    return value;
  };
  const read = async (key: string, state: LoadState): Promise<V> => {
    const begunAt = performance.now();
    const value = await load(key).finally(() => {
      if (loads.get(key)?.state === state) loads.delete(key);
    });
    // Without a fresh feed, the notification of a change may be missing.
    const isDoubtful = state.isOvertaken || !feed.isFresh();
    if (isDoubtful && performance.now() - begunAt > LONGEST_OVERTAKEN_MS) return get(key);
    if (!isDoubtful) set(key, value);
    return value;
  };

  return {
    /** The value as of at most the feed's freshness bound ago. */
    get,
    /**
     * Keeps the value that `write` stores and returns, unless another change of the key is announced before `write` ends. `changeId`
     * is the announced change that `write` itself makes; without it, the key is new.
     */
    keep: async (key: string, write: () => Promise<V>, changeId?: string): Promise<V> => {
      if (!feed.isFresh()) return write();
      overtake(writes, key);
      const state = { isOvertaken: false };
      writes.set(key, { state, changeId });
      const value = await write().finally(() => {
        if (writes.get(key)?.state === state) writes.delete(key);
      });
      if (!state.isOvertaken && feed.isFresh()) set(key, value);
      return value;
    },
    drop: (key: string) => drop(key),
  };
}

export type FreshCache<V> = ReturnType<typeof createFreshCache<V>>;

/** The copies, and the reads and writes under way, which a change overtakes. */
function createCopies<V>({
  feed,
  topic,
  maxEntries,
}: Pick<FreshCacheOptions<V>, 'feed' | 'topic' | 'maxEntries'>) {
  const entries = new Map<string, V>();
  const loads = new Map<string, Load<V>>();
  const writes = new Map<string, Write>();
  const drop = (key: string, changeId?: string): void => {
    entries.delete(key);
    overtake(loads, key);
    if (changeId === undefined || writes.get(key)?.changeId !== changeId) overtake(writes, key);
  };
  feed.subscribe(topic, (key, changeId) => {
    if (key !== null) return drop(key, changeId);
    entries.clear();
    for (const pending of [loads, writes])
      for (const name of pending.keys()) overtake(pending, name);
  });
  return {
    entries,
    loads,
    writes,
    drop,
    set: (key: string, value: V): void => {
      // The row may be created at any time, by a change that is not announced.
      if (value === null || value === undefined) return;
      makeRoom(entries, maxEntries);
      entries.set(key, value);
    },
  };
}

function overtake(pending: Map<string, { readonly state: LoadState }>, key: string): void {
  const one = pending.get(key);
  if (one !== undefined) one.state.isOvertaken = true;
  pending.delete(key);
}

// First in, first out: an insert costs one Map operation, and a frequently used key that is dropped costs one read.
function makeRoom(entries: Map<string, unknown>, maxEntries: number): void {
  if (entries.size < maxEntries) return;
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}
