/**
 * Items that wait for their turn, grouped by their origin. The groups take turns, and so do the groups within a group, so that one
 * origin with many items delays the others by at most one item per turn.
 */
interface FairQueue<Item> {
  readonly size: () => number;
  /**
   * Adds an item. In a full queue it takes the place of the newest item of the largest group, unless that group is not larger than
   * its own would be.
   * @returns the item that has no place: an older one, or `item` itself; null when there was room.
   */
  add(item: Item, origin: readonly string[]): Item | null;
  /** Removes the item whose turn it is; undefined when none waits. */
  take(): Item | undefined;
  /** @returns false when it does not wait any more. */
  remove(item: Item): boolean;
}

/** A group with groups in it, or with items. */
interface Group<Item> {
  size: number;
  /** The group whose turn it is comes first. */
  readonly groups: Map<string, Group<Item>>;
  readonly items: Set<Item>;
}

/** @param most the number of items that can wait. */
export function createFairQueue<Item>(most: number): FairQueue<Item> {
  const all = newGroup<Item>();
  const origins = new Map<Item, readonly string[]>();

  const insert = (item: Item, origin: readonly string[]): void => {
    origins.set(item, origin);
    let group = all;
    group.size += 1;
    for (const name of origin) {
      const inner = group.groups.get(name) ?? newGroup<Item>();
      group.groups.set(name, inner);
      inner.size += 1;
      group = inner;
    }
    group.items.add(item);
  };
  const remove = (item: Item): boolean => {
    const origin = origins.get(item);
    if (origin === undefined) return false;
    origins.delete(item);
    removeFrom(all, item, origin);
    return true;
  };

  return {
    size: () => all.size,
    add: (item, origin) => {
      const displaced = all.size < most ? null : displacedBy(all, origin);
      if (all.size >= most && displaced === null) return item;
      if (displaced !== null) remove(displaced);
      insert(item, origin);
      return displaced;
    },
    take: () => {
      const item = nextOf(all);
      if (item !== undefined) remove(item);
      return item;
    },
    remove,
  };
}

function newGroup<Item>(): Group<Item> {
  return { size: 0, groups: new Map(), items: new Set() };
}

function removeFrom<Item>(
  group: Group<Item>,
  item: Item,
  [name, ...rest]: readonly string[],
): void {
  group.size -= 1;
  if (name === undefined) return void group.items.delete(item);
  const inner = group.groups.get(name);
  if (inner === undefined) return;
  removeFrom(inner, item, rest);
  if (inner.size === 0) group.groups.delete(name);
}

/** The next item; moves the groups that it is in to the end. */
function nextOf<Item>(group: Group<Item>): Item | undefined {
  const [first] = group.groups;
  if (first === undefined) {
    const [item] = group.items;
    return item;
  }
  const [name, inner] = first;
  group.groups.delete(name);
  group.groups.set(name, inner);
  return nextOf(inner);
}

/** The newest item of the largest group, if an item of `origin` in its place makes the groups more equal. */
function displacedBy<Item>(group: Group<Item>, [name, ...rest]: readonly string[]): Item | null {
  if (name === undefined) return null;
  const own = group.groups.get(name);
  const largest = [...group.groups.values()].reduce<Group<Item> | undefined>(
    (found, one) => (found === undefined || one.size > found.size ? one : found),
    undefined,
  );
  if (largest === undefined) return null;
  if (largest.size > (own?.size ?? 0) + 1) return newestOfLargest(largest);
  return own === undefined || own.size < largest.size ? null : displacedBy(own, rest);
}

function newestOfLargest<Item>({ groups, items }: Group<Item>): Item | null {
  if (groups.size === 0) return [...items].at(-1) ?? null;
  const [largest] = [...groups.values()].toSorted((one, other) => other.size - one.size);
  return largest === undefined ? null : newestOfLargest(largest);
}
