import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { PROOF_CODE_COLUMNS, type ProofCode } from './proof-code.ts';

/** Rows of `one_time_codes` by the link that was mailed beside the code. */
export function createLinkStore(db: Database) {
  return {
    /** The proof of a valid link. Reading it changes nothing. */
    async find(linkFingerprint: Buffer, at: Date): Promise<ProofCode | null> {
      const [row] = await db.query<ProofCode>(sql`select ${PROOF_CODE_COLUMNS} from one_time_codes
        where link_fingerprint = ${linkFingerprint} and used_at is null and link_expires_at > ${at}`);
      return row ?? null;
    },

    /** The proof of a link that was not replaced by a newer one, used or not. */
    async findKnown(linkFingerprint: Buffer, at: Date): Promise<ProofCode | null> {
      const [row] = await db.query<ProofCode>(sql`select ${PROOF_CODE_COLUMNS} from one_time_codes
        where link_fingerprint = ${linkFingerprint} and link_expires_at > ${at}`);
      return row ?? null;
    },

    /** Uses the proof up, including its code. Of concurrent calls exactly one returns true. */
    async use(linkFingerprint: Buffer, at: Date): Promise<boolean> {
      const rows = await db.query(sql`update one_time_codes set used_at = ${at}
        where link_fingerprint = ${linkFingerprint} and used_at is null and link_expires_at > ${at} returning id`);
      return rows.length > 0;
    },
  };
}
