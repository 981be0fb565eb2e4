import type { Database } from '../platform/postgres/postgres.ts';
import { ARTIFACT_DEFINITIONS } from './artifact.ts';
import type { TokensContext } from './context.ts';
import {
  BATCH_ROWS,
  deleteExpiredBatch,
  type ExpiringTable,
  tryPurgeLock,
} from './expiry-store.ts';

// The first of one hundred lock numbers that this file uses.
const LOCK_KEY = 7_264_100;

// A use must be stored as long as a restored Redis could contain the used code.
const USED_CODES_KEPT_MS = 24 * 3_600_000;

const EXPIRING: readonly ExpiringTable[] = [
  ...Object.values(ARTIFACT_DEFINITIONS).map(({ table }) => ({
    table,
    key: 'fingerprint',
    column: 'expires_at',
  })),
  { table: 'refresh_answers', key: 'fingerprint', column: 'expires_at' },
  { table: 'revoked_tokens', key: 'fingerprint', column: 'expires_at' },
  // Nothing issued under a grant is accepted after the grant's own end, revoked or not.
  { table: 'grants', key: 'id', column: 'expires_at' },
];

const USED_CODES: ExpiringTable = { table: 'used_codes', key: 'fingerprint', column: 'used_at' };

/**
 * Deletes expired rows in small batches that each commit by themselves: a killed process loses nothing, and the purge
 * never waits for a live row. One node works on a table at a time; other nodes continue with the next table.
 * @returns how many rows were deleted.
 */
export async function purgeExpired({
  db,
  clock,
}: Pick<TokensContext, 'db' | 'clock'>): Promise<number> {
  const now = clock.now();
  let total = 0;
  for (const table of EXPIRING) total += await purgeTable(db, table, now);
  const forgettable = new Date(now.getTime() - USED_CODES_KEPT_MS);
  return total + (await purgeTable(db, USED_CODES, forgettable));
}

async function purgeTable(db: Database, table: ExpiringTable, before: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await db.transaction(async (tx) =>
      (await tryPurgeLock(tx, lockOf(table))) ? deleteExpiredBatch(tx, table, before) : 0,
    );
    total += count;
    if (count < BATCH_ROWS) return total;
  }
}

// One lock per table, so that a node that works on another table does not block this one.
function lockOf(table: ExpiringTable): number {
  return LOCK_KEY + [...EXPIRING, USED_CODES].findIndex((known) => known.table === table.table);
}
