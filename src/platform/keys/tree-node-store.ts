import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';
import type { TreePlace } from './key-tree.ts';

/** A node to store. */
export interface NewTreeNodeRow extends TreePlace {
  readonly sealedKey: Buffer;
}

/** A node as it is stored. */
interface TreeNodeRow extends NewTreeNodeRow {
  /** Grows with every change of the tree; a 64-bit number as text. */
  readonly id: string;
}

/** A leaf that was destroyed; ids are 64-bit numbers as text and grow with time. */
export interface DestroyedLeafRow {
  readonly id: string;
  readonly leaf: number;
}

/** Rows of `key_store.tree_nodes` and `key_store.destroyed_leaves`. */
export function createTreeNodeStore(db: Database) {
  return {
    /** Those that came after the one with id `after`, oldest first, at most `limit`. */
    list(after: string, limit: number): Promise<TreeNodeRow[]> {
      return db.query(sql`select id::text, depth, position::float8, sealed_key from key_store.tree_nodes
        where tree_nodes.id > ${after} order by tree_nodes.id limit ${limit}`);
    },

    async insert(rows: readonly NewTreeNodeRow[]): Promise<void> {
      const depths = rows.map(({ depth }) => depth);
      const positions = rows.map(({ position }) => position);
      const keys = rows.map(({ sealedKey }) => sealedKey);
      await db.query(sql`insert into key_store.tree_nodes (depth, position, sealed_key)
        select * from unnest(${depths}::smallint[], ${positions}::bigint[], ${keys}::bytea[])`);
    },

    async remove(places: readonly TreePlace[]): Promise<void> {
      const depths = places.map(({ depth }) => depth);
      const positions = places.map(({ position }) => position);
      await db.query(sql`delete from key_store.tree_nodes
        using unnest(${depths}::smallint[], ${positions}::bigint[]) as gone (depth, position)
        where tree_nodes.depth = gone.depth and tree_nodes.position = gone.position`);
    },

    async recordDestroyed(leaves: readonly number[]): Promise<void> {
      await db.query(sql`insert into key_store.destroyed_leaves (leaf)
        select unnest(${leaves}::bigint[]) on conflict do nothing`);
    },

    /** The id of the leaf that was destroyed last; `0` when there is none. */
    async lastDestroyed(): Promise<string> {
      const [row] = await db.query<{ id: string }>(
        sql`select coalesce(max(id), 0)::text as id from key_store.destroyed_leaves`,
      );
      return row?.id ?? '0';
    },

    /** Leaves with the id `from` and later, oldest first, at most `limit`. */
    listDestroyed(from: string, limit: number): Promise<DestroyedLeafRow[]> {
      return db.query(sql`select id::text, leaf::float8 from key_store.destroyed_leaves
        where destroyed_leaves.id >= ${from} order by destroyed_leaves.id limit ${limit}`);
    },

    /**
     * Removes at most `limit` of the oldest leaves that were destroyed more than a day ago. The last one of all stays.
     * @returns their number.
     */
    async forgetDestroyed(limit: number): Promise<number> {
      // Removes the lowest ids only, so that when the row of one leaf exists, those of all later leaves exist, too.
      const rows = await db.query(sql`with kept as (
            select coalesce(min(id) filter (where destroyed_at >= now() - interval '1 day'), max(id)) as first
            from key_store.destroyed_leaves)
          delete from key_store.destroyed_leaves where id in (
            select id from key_store.destroyed_leaves, kept where id < kept.first order by id limit ${limit})
          returning 1`);
      return rows.length;
    },
  };
}
