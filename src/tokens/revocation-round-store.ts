import type { Database } from '../platform/postgres/postgres.ts';

export interface RoundResult {
  readonly seconds: number;
  readonly nodes: number;
  readonly finishedAt: Date;
}

export interface RoundProgress {
  readonly watching: number;
  readonly refused: number;
}

/** Rows of `revocation_rounds` and `revocation_refusals`. All times are the database's: nodes' clocks differ. */
export interface RevocationRoundStore {
  insert(id: string, sealedToken: Buffer): Promise<void>;
  /** Null once the round is over. */
  findToken(id: string): Promise<Buffer | null>;
  watch(id: string, node: string): Promise<void>;
  progress(id: string): Promise<RoundProgress>;
  markWithdrawing(id: string): Promise<void>;
  markRefused(id: string, node: string): Promise<void>;
  /** Writes the slowest node's time down; one that never refused counts as `givenUpSeconds`. */
  finish(id: string, givenUpSeconds: number): Promise<void>;
  findLast(): Promise<RoundResult | null>;
  deleteBefore(days: number): Promise<void>;
}

export function createRevocationRoundStore(db: Database): RevocationRoundStore {
  return Object.freeze({ ...watching(db), ...measuring(db) });
}

type Watching = Pick<RevocationRoundStore, 'insert' | 'findToken' | 'watch' | 'markRefused'>;

function watching(db: Database): Watching {
  return {
    insert: async (id, sealedToken) => {
      await db.query({
        name: 'revocation-rounds-insert',
        text: `insert into revocation_rounds (id, sealed_token, began_at)
               values ($1, $2, clock_timestamp())`,
        values: [id, sealedToken],
      });
    },
    findToken: async (id) => {
      const [row] = await db.query<{ sealed_token: Buffer }>({
        name: 'revocation-rounds-find-token',
        text: `select sealed_token from revocation_rounds where id = $1 and finished_at is null`,
        values: [id],
      });
      return row?.sealed_token ?? null;
    },
    watch: async (id, node) => {
      await db.query({
        name: 'revocation-refusals-insert',
        text: `insert into revocation_refusals (round_id, node) values ($1, $2)
               on conflict do nothing`,
        values: [id, node],
      });
    },
    markRefused: async (id, node) => {
      await db.query({
        name: 'revocation-refusals-mark-refused',
        text: `update revocation_refusals set refused_at = clock_timestamp()
               where round_id = $1 and node = $2 and refused_at is null`,
        values: [id, node],
      });
    },
  };
}

function measuring(db: Database): Omit<RevocationRoundStore, keyof Watching> {
  return {
    progress: async (id) => {
      const [row] = await db.query<RoundProgress>({
        name: 'revocation-refusals-progress',
        text: `select count(*)::int as watching, count(refused_at)::int as refused
               from revocation_refusals where round_id = $1`,
        values: [id],
      });
      return row ?? { watching: 0, refused: 0 };
    },
    markWithdrawing: async (id) => {
      await db.query({
        name: 'revocation-rounds-mark-withdrawing',
        text: `update revocation_rounds set withdrawing_at = clock_timestamp() where id = $1`,
        values: [id],
      });
    },
    finish: async (id, givenUpSeconds) => {
      await db.query({
        name: 'revocation-rounds-finish',
        text: `update revocation_rounds set sealed_token = '', finished_at = clock_timestamp(),
                 nodes = measured.nodes, seconds = measured.seconds
               from (
                 select count(*)::int as nodes, max(coalesce(
                   extract(epoch from refusal.refused_at - round.withdrawing_at), $2)) as seconds
                 from revocation_rounds round
                 join revocation_refusals refusal on refusal.round_id = round.id
                 where round.id = $1) measured
               where revocation_rounds.id = $1`,
        values: [id, givenUpSeconds],
      });
    },
    findLast: async () => {
      const [row] = await db.query<{ seconds: number; nodes: number; finished_at: Date }>({
        name: 'revocation-rounds-find-last',
        text: `select seconds, nodes, finished_at from revocation_rounds
               where finished_at is not null and nodes > 0 order by finished_at desc limit 1`,
      });
      if (row === undefined) return null;
      return { seconds: row.seconds, nodes: row.nodes, finishedAt: row.finished_at };
    },
    deleteBefore: async (days) => {
      await db.query({
        name: 'revocation-rounds-delete-before',
        text: `delete from revocation_rounds
               where began_at < clock_timestamp() - make_interval(days => $1)`,
        values: [days],
      });
    },
  };
}
