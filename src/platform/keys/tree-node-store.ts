import type { Database } from '../postgres/postgres.ts';
import type { TreePlace } from './key-tree.ts';

/** A node to store. */
export interface NewTreeNodeRow extends TreePlace {
  readonly sealedKey: Buffer;
}

/** A node as it is stored. */
export interface TreeNodeRow extends NewTreeNodeRow {
  /** Grows with every change of the tree; a 64-bit number as text. */
  readonly id: string;
}

/** A leaf that was destroyed; ids are 64-bit numbers as text and grow with time. */
export interface DestroyedLeafRow {
  readonly id: string;
  readonly leaf: number;
}

/** Rows of `key_store.tree_nodes` and `key_store.destroyed_leaves`. */
export interface TreeNodeStore {
  /** Those that came after the one with id `after`, oldest first, at most `limit`. */
  list(after: string, limit: number): Promise<TreeNodeRow[]>;
  insert(rows: readonly NewTreeNodeRow[]): Promise<void>;
  remove(places: readonly TreePlace[]): Promise<void>;
  noteDestroyed(leaves: readonly number[]): Promise<void>;
  /** The id of the leaf that was destroyed last; `0` when there is none. */
  lastDestroyed(): Promise<string>;
  /** Leaves with the id `from` and later, oldest first, at most `limit`. */
  listDestroyed(from: string, limit: number): Promise<DestroyedLeafRow[]>;
  /**
   * Removes at most `limit` of the oldest leaves that were destroyed more than a day ago. The last one of all stays.
   * @returns how many.
   */
  forgetDestroyed(limit: number): Promise<number>;
}

export function createTreeNodeStore(db: Database): TreeNodeStore {
  return Object.freeze({
    list: async (after, limit) => {
      const rows = await db.query<{
        id: string;
        depth: number;
        position: string;
        sealed_key: Buffer;
      }>({
        name: 'tree-nodes-list',
        text: `select id::text, depth, position::text, sealed_key from key_store.tree_nodes
               where tree_nodes.id > $1 order by tree_nodes.id limit $2`,
        values: [after, limit],
      });
      return rows.map(({ id, depth, position, sealed_key: sealedKey }) => ({
        id,
        depth,
        position: Number(position),
        sealedKey,
      }));
    },
    insert: async (rows) => {
      await db.query({
        name: 'tree-nodes-insert',
        text: `insert into key_store.tree_nodes (depth, position, sealed_key)
               select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])`,
        values: [
          rows.map(({ depth }) => depth),
          rows.map(({ position }) => position),
          rows.map(({ sealedKey }) => sealedKey),
        ],
      });
    },
    remove: async (places) => {
      await db.query({
        name: 'tree-nodes-remove',
        text: `delete from key_store.tree_nodes using unnest($1::smallint[], $2::bigint[]) as gone (depth, position)
               where tree_nodes.depth = gone.depth and tree_nodes.position = gone.position`,
        values: [places.map(({ depth }) => depth), places.map(({ position }) => position)],
      });
    },
    noteDestroyed: async (leaves) => {
      await db.query({
        name: 'destroyed-leaves-insert',
        text: `insert into key_store.destroyed_leaves (leaf) select unnest($1::bigint[])
               on conflict do nothing`,
        values: [leaves],
      });
    },
    lastDestroyed: async () => {
      const [row] = await db.query<{ id: string }>({
        name: 'destroyed-leaves-last',
        text: `select coalesce(max(id), 0)::text as id from key_store.destroyed_leaves`,
      });
      return row?.id ?? '0';
    },
    listDestroyed: async (from, limit) => {
      const rows = await db.query<{ id: string; leaf: string }>({
        name: 'destroyed-leaves-list',
        text: `select id::text, leaf::text from key_store.destroyed_leaves
               where destroyed_leaves.id >= $1 order by destroyed_leaves.id limit $2`,
        values: [from, limit],
      });
      return rows.map(({ id, leaf }) => ({ id, leaf: Number(leaf) }));
    },
    forgetDestroyed: async (limit) => {
      // A prefix of the ids: when the row of one leaf is there, so are those of all later leaves.
      const rows = await db.query({
        name: 'destroyed-leaves-forget',
        text: `with kept as (
                 select coalesce(min(id) filter (where destroyed_at >= now() - interval '1 day'), max(id)) as first
                 from key_store.destroyed_leaves)
               delete from key_store.destroyed_leaves where id in (
                 select id from key_store.destroyed_leaves, kept where id < kept.first order by id limit $1)
               returning 1`,
        values: [limit],
      });
      return rows.length;
    },
  } satisfies TreeNodeStore);
}
