import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

/** A row of `ledger_checkpoints`. */
export interface Checkpoint {
  /** 1, 2, 3 … without a gap. */
  readonly number: number;
  /** One line per account: `account number hash`, the hash in hexadecimal. */
  readonly heads: string;
  /** A JWS over the digest of `heads` and of the checkpoint before. */
  readonly signature: string;
  readonly madeAt: Date;
}

// A fixed number that no other advisory lock of the database uses.
const CHECKPOINT_LOCK = 7_264_011;
const SELECT = sql`select number::float8 as number, heads, signature, made_at from ledger_checkpoints`;

/** Rows of `ledger_checkpoints`. */
export function createCheckpointStore(db: Database) {
  return {
    /** Prevents other transactions from making checkpoints until this one ends. */
    async lock(): Promise<void> {
      await db.query(sql`select pg_advisory_xact_lock(${CHECKPOINT_LOCK})`);
    },

    async newest(): Promise<Checkpoint | null> {
      const [row] = await db.query<Checkpoint>(sql`${SELECT} order by number desc limit 1`);
      return row ?? null;
    },

    /** After a number, oldest first. */
    list: ({ after, limit }: { readonly after: number; readonly limit: number }) =>
      db.query<Checkpoint>(
        sql`${SELECT} where number > ${after}::bigint order by number limit ${limit}`,
      ),

    /** The number of the last checkpoint made before a moment; 0 when there is none. */
    async lastBefore(moment: Date): Promise<number> {
      const [row] = await db.query<{ number: number }>(
        sql`select max(number)::float8 as number from ledger_checkpoints where made_at < ${moment}`,
      );
      return row?.number ?? 0;
    },

    /** Lines for chains that have grown since they were last signed. */
    async unsigned(limit: number): Promise<string[]> {
      const rows = await db.query<{ line: string }>(sql`select
          concat_ws(' ', ledger_heads.account_id, ledger_heads.seq, encode(ledger_heads.hash, 'hex')) as line
        from ledger_heads left join ledger_checkpointed on ledger_checkpointed.account_id = ledger_heads.account_id
        where ledger_heads.seq > coalesce(ledger_checkpointed.seq, 0)
        order by ledger_heads.account_id limit ${limit}`);
      return rows.map(({ line }) => line);
    },

    /** The time of the newest checkpoint. */
    async lastMadeAt(): Promise<Date | null> {
      const [row] = await db.query<{ madeAt: Date }>(
        sql`select made_at from ledger_checkpoints order by number desc limit 1`,
      );
      return row?.madeAt ?? null;
    },

    async insert({ number, heads, signature, madeAt }: Checkpoint): Promise<void> {
      const row = sql.values({ number, heads, signature, madeAt });
      await db.query(sql`insert into ledger_checkpoints ${row}`);
    },

    /** Stores how far the chains of these lines are signed. */
    async markSigned(heads: string): Promise<void> {
      await db.query(sql`insert into ledger_checkpointed (account_id, seq)
        select split_part(line, ' ', 1)::uuid, split_part(line, ' ', 2)::bigint
        from unnest(string_to_array(${heads}, E'\\n')) as line
        on conflict (account_id) do update set seq = excluded.seq`);
    },
  };
}
