import { Type } from 'typebox';

const PAGE_SIZE = 50;

/** The number of entries that a caller wants on one page. */
export const PageLimit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 200, default: PAGE_SIZE }),
);

/**
 * Reads one row more than a page has. `next` is the place of the last row of the page when there are more; null at the end.
 * @param limit rows of a page; default 50.
 */
export async function readListPage<Row>(
  limit: number = PAGE_SIZE,
  read: (limit: number) => Promise<readonly Row[]>,
  placeOf: (last: Row) => string,
) {
  const rows = await read(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rows.length > limit && last !== undefined ? placeOf(last) : null };
}
