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
 * All rows of a long list, page by page. Each page begins where the one before ended in time, so a page costs the same however
 * far back it is; rows of that very moment are read twice and returned once.
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
    // One moment fills the page: only a larger page contains older rows.
    const isStuck = page.until?.getTime() === until.getTime();
    seen = new Set(rows.map(({ id }) => id));
    page = { until, limit: isStuck ? page.limit * 2 : ROWS };
  }
}
