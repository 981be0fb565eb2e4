/**
 * The pages of a long list, one after the other: memory does not grow with the list.
 * @param read reads up to `limit` rows behind the last row of the page before.
 */
export async function* readPages<Row>(
  limit: number,
  read: (last: Row | undefined, limit: number) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[], void> {
  let last: Row | undefined;
  for (;;) {
    const page = await read(last, limit);
    if (page.length > 0) yield page;
    last = page.at(-1);
    if (page.length < limit || last === undefined) return;
  }
}
