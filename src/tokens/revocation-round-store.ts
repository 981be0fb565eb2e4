import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

/** A finished measurement: the time on the slowest node, and the number of nodes. */
export interface RoundResult {
  readonly seconds: number;
  readonly nodes: number;
  readonly finishedAt: Date;
}

interface RoundProgress {
  readonly watching: number;
  readonly refused: number;
}

/** Rows of `revocation_rounds` and `revocation_refusals`. All times are the database's: the clocks of nodes differ. */
export function createRevocationRoundStore(db: Database) {
  return {
    async insert(id: string, sealedToken: Buffer): Promise<void> {
      await db.query(sql`insert into revocation_rounds (id, sealed_token, began_at)
        values (${id}, ${sealedToken}, clock_timestamp())`);
    },

    /** Null after the end of the round. */
    async findToken(id: string): Promise<Buffer | null> {
      const [row] = await db.query<{ sealedToken: Buffer }>(
        sql`select sealed_token from revocation_rounds where id = ${id} and finished_at is null`,
      );
      return row?.sealedToken ?? null;
    },

    async watch(id: string, node: string): Promise<void> {
      await db.query(sql`insert into revocation_refusals (round_id, node) values (${id}, ${node})
        on conflict do nothing`);
    },

    async markRefused(id: string, node: string): Promise<void> {
      await db.query(sql`update revocation_refusals set refused_at = clock_timestamp()
        where round_id = ${id} and node = ${node} and refused_at is null`);
    },

    async progress(id: string): Promise<RoundProgress> {
      const [row] = await db.query<RoundProgress>(sql`select count(*)::int as watching,
          count(refused_at)::int as refused
        from revocation_refusals where round_id = ${id}`);
      return row ?? { watching: 0, refused: 0 };
    },

    async markWithdrawing(id: string): Promise<void> {
      await db.query(
        sql`update revocation_rounds set withdrawing_at = clock_timestamp() where id = ${id}`,
      );
    },

    /** Records the time of the slowest node; a node that never refused counts as `givenUpSeconds`. */
    async finish(id: string, givenUpSeconds: number): Promise<void> {
      await db.query(sql`update revocation_rounds set sealed_token = '',
          finished_at = clock_timestamp(), nodes = measured.nodes, seconds = measured.seconds
        from (
          select count(*)::int as nodes, max(coalesce(
            extract(epoch from refusal.refused_at - round.withdrawing_at),
            ${givenUpSeconds})) as seconds
          from revocation_rounds round
          join revocation_refusals refusal on refusal.round_id = round.id
          where round.id = ${id}) measured
        where revocation_rounds.id = ${id}`);
    },

    async findLast(): Promise<RoundResult | null> {
      const [row] = await db.query<RoundResult>(sql`select seconds, nodes, finished_at
        from revocation_rounds
        where finished_at is not null and nodes > 0 order by finished_at desc limit 1`);
      return row ?? null;
    },

    async deleteBefore(days: number): Promise<void> {
      await db.query(sql`delete from revocation_rounds
        where began_at < clock_timestamp() - make_interval(days => ${days})`);
    },
  };
}
