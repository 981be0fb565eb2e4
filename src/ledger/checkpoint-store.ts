import type { Database } from '../platform/postgres/postgres.ts';

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

export interface CheckpointStore {
  /** Holds other makers of checkpoints back until the transaction ends. */
  lock(): Promise<void>;
  newest(): Promise<Checkpoint | null>;
  /** After a number, oldest first. */
  list(page: { readonly after: number; readonly limit: number }): Promise<Checkpoint[]>;
  /** The number of the last checkpoint made before a moment; 0 when there is none. */
  lastBefore(moment: Date): Promise<number>;
  /** Lines for chains that have grown since they were last signed. */
  unsigned(limit: number): Promise<string[]>;
  /** When the newest was made. */
  lastMadeAt(): Promise<Date | null>;
  insert(checkpoint: Checkpoint): Promise<void>;
  /** Notes how far the chains of these lines are signed. */
  markSigned(heads: string): Promise<void>;
}

interface RawCheckpoint {
  readonly number: string;
  readonly heads: string;
  readonly signature: string;
  readonly made_at: Date;
}

// Any fixed number will do, as long as nothing else in the database takes the same advisory lock.
const CHECKPOINT_LOCK = 7_264_011;
const COLUMNS = 'number, heads, signature, made_at';

export function createCheckpointStore(db: Database): CheckpointStore {
  return Object.freeze({
    lock: async () => {
      await db.query({
        name: 'ledger-lock-checkpoints',
        text: 'select pg_advisory_xact_lock($1)',
        values: [CHECKPOINT_LOCK],
      });
    },
    newest: async () => {
      const [row] = await db.query<RawCheckpoint>({
        name: 'ledger-newest-checkpoint',
        text: `select ${COLUMNS} from ledger_checkpoints order by number desc limit 1`,
      });
      return row === undefined ? null : fromRaw(row);
    },
    list: async ({ after, limit }) => {
      const rows = await db.query<RawCheckpoint>({
        name: 'ledger-checkpoints',
        text: `select ${COLUMNS} from ledger_checkpoints where number > $1 order by number limit $2`,
        values: [after, limit],
      });
      return rows.map(fromRaw);
    },
    lastBefore: async (moment: Date) => {
      const [row] = await db.query<{ number: string }>({
        name: 'ledger-last-checkpoint-before',
        text: 'select coalesce(max(number), 0) as number from ledger_checkpoints where made_at < $1',
        values: [moment],
      });
      return Number(row?.number ?? 0);
    },
    unsigned: async (limit: number) => {
      const rows = await db.query<{ line: string }>({
        name: 'ledger-unsigned',
        text: `select concat_ws(' ', ledger_heads.account_id, ledger_heads.seq, encode(ledger_heads.hash, 'hex')) as line
          from ledger_heads left join ledger_checkpointed on ledger_checkpointed.account_id = ledger_heads.account_id
          where ledger_heads.seq > coalesce(ledger_checkpointed.seq, 0)
          order by ledger_heads.account_id limit $1`,
        values: [limit],
      });
      return rows.map(({ line }) => line);
    },
    lastMadeAt: async () => {
      const [row] = await db.query<{ made_at: Date }>({
        name: 'ledger-last-checkpoint-time',
        text: 'select made_at from ledger_checkpoints order by number desc limit 1',
      });
      return row?.made_at ?? null;
    },
    insert: async ({ number, heads, signature, madeAt }: Checkpoint) => {
      await db.query({
        name: 'ledger-insert-checkpoint',
        text: `insert into ledger_checkpoints (${COLUMNS}) values ($1, $2, $3, $4)`,
        values: [number, heads, signature, madeAt],
      });
    },
    markSigned: async (heads: string) => {
      await db.query({
        name: 'ledger-mark-signed',
        text: `insert into ledger_checkpointed (account_id, seq)
          select split_part(line, ' ', 1)::uuid, split_part(line, ' ', 2)::bigint
          from unnest(string_to_array($1, E'\\n')) as line
          on conflict (account_id) do update set seq = excluded.seq`,
        values: [heads],
      });
    },
  } satisfies CheckpointStore);
}

function fromRaw({ number, heads, signature, made_at: madeAt }: RawCheckpoint): Checkpoint {
  return { number: Number(number), heads, signature, madeAt };
}
