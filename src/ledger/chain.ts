import { createHash } from 'node:crypto';

/** The content of one row of the ledger that its hash covers: every column, each moment to the microsecond. */
export interface ChainedRow {
  readonly accountId: string;
  /** 1, 2, 3 … within the account. */
  readonly seq: string;
  /** ISO 8601 in UTC, with six digits of a second. */
  readonly releasedAt: string;
  readonly clientId: string;
  readonly grantId: string | null;
  readonly channel: string;
  readonly claims: readonly string[];
  readonly ip: string | null;
  readonly requestId: string | null;
  /** SHA-256 of the hash before and this row's line. */
  readonly hash: Buffer;
}

/** The hash before the first row of an account. */
export const NO_HASH = Buffer.alloc(0);

/**
 * The hash that belongs to a row: SHA-256 of the hash before and the row's line. The database computes it with
 * `ledger_line` and `ledger_link`. This second implementation detects changes of those functions, too.
 */
export function hashOf(row: Omit<ChainedRow, 'hash'>, before: Buffer): Buffer {
  const line = [
    row.seq,
    row.accountId,
    row.releasedAt,
    JSON.stringify(row.clientId),
    JSON.stringify(row.grantId),
    JSON.stringify(row.channel),
    JSON.stringify(row.claims),
    JSON.stringify(row.ip),
    JSON.stringify(row.requestId),
  ].join('\n');
  return createHash('sha256').update(before).update(line).digest();
}
