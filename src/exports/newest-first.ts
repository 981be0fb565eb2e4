export interface DatedRow {
  readonly id: string;
  readonly occurredAt: Date;
}

/** Selects the newest rows before a moment. */
export interface DatedPage {
  readonly until?: Date;
  readonly limit: number;
}

const ROWS = 200;

/**
 * All rows of a long list, page by page. Each page starts at the time at which the previous page ended, so every page
 * costs the same. Rows of exactly that time are read twice and returned once.
 */
export async function* newestFirst<Row extends DatedRow>(
  read: (page: DatedPage) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let page: DatedPage = { limit: ROWS };
  let seen = new Set<string>();
  for (;;) {
    const rows = await read(page);
    yield* rows.filter(({ id }) => !seen.has(id));
    const last = rows.at(-1);
    if (last === undefined || rows.length < page.limit) return;
    const until = new Date(last.occurredAt.getTime() + 1);
    // All rows of the page have the same time, so only a larger page contains older rows.
    const isStuck = page.until?.getTime() === until.getTime();
    seen = new Set(rows.map(({ id }) => id));
    page = { until, limit: isStuck ? page.limit * 2 : ROWS };
  }
}
