interface Waiting<V> {
  readonly keys: Set<string>;
  readonly found: Promise<ReadonlyMap<string, V>>;
}

/**
 * A function that reads one row by its key. Keys that are requested before the current synchronous code has ended are
 * read together, so that a page with many rows costs one statement.
 * @throws every error of `loadAll`, to each caller of the batch.
 */
export function createBatchedLoad<V>(
  loadAll: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
): (key: string) => Promise<V | null> {
  let waiting: Waiting<V> | null = null;
  const open = (): Waiting<V> => {
    const keys = new Set<string>();
    const found = Promise.resolve().then(() => {
      waiting = null;
      return loadAll([...keys]);
    });
    return { keys, found };
  };
  return async (key) => {
    waiting ??= open();
    waiting.keys.add(key);
    return (await waiting.found).get(key) ?? null;
  };
}
