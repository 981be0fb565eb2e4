/** Merges lists that are ordered by time, newest first, into one list of the same order. Reads one row of each ahead. */
export async function* mergeNewestFirst<Row extends { readonly at: Date }>(
  lists: readonly AsyncIterator<Row, void>[],
): AsyncGenerator<Row> {
  const heads = new Map<AsyncIterator<Row, void>, Row>();
  const advance = async (list: AsyncIterator<Row, void>): Promise<void> => {
    const next = await list.next();
    if (next.done === true) heads.delete(list);
    else heads.set(list, next.value);
  };
  for (const list of lists) await advance(list);
  for (;;) {
    const [newest] = [...heads].toSorted(
      ([, one], [, other]) => other.at.getTime() - one.at.getTime(),
    );
    if (newest === undefined) return;
    const [list, row] = newest;
    yield row;
    await advance(list);
  }
}
