import type { Database } from '../../platform/postgres/postgres.ts';
import { CODE_COLUMNS, codeRow, type CodeRow, type RawCodeRow } from './code-row.ts';

/** Rows of `one_time_codes` by the link that was mailed beside the code. */
export interface LinkStore {
  /** The proof a live link belongs to. Reading it changes nothing. */
  find(linkFingerprint: Buffer, at: Date): Promise<CodeRow | null>;
  /** Uses the proof up, its code too; of several at once exactly one gets true. */
  use(linkFingerprint: Buffer, at: Date): Promise<boolean>;
}

export function createLinkStore(db: Database): LinkStore {
  return Object.freeze({
    find: async (linkFingerprint: Buffer, at: Date) => {
      const [row] = await db.query<RawCodeRow>({
        name: 'one-time-codes-find-by-link',
        text: `select ${CODE_COLUMNS} from one_time_codes
               where link_fingerprint = $1 and used_at is null and link_expires_at > $2`,
        values: [linkFingerprint, at],
      });
      return row === undefined ? null : codeRow(row);
    },

    use: async (linkFingerprint: Buffer, at: Date) => {
      const rows = await db.query({
        name: 'one-time-codes-use-link',
        text: `update one_time_codes set used_at = $2
               where link_fingerprint = $1 and used_at is null and link_expires_at > $2
               returning id`,
        values: [linkFingerprint, at],
      });
      return rows.length > 0;
    },
  });
}
