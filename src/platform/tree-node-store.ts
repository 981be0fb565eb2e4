import type { Database } from './postgres.ts';
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

/** Rows of `key_store.tree_nodes` and `key_store.destroyed_leaves`. */
export interface TreeNodeStore {
  /** Those that came after the one with id `after`, oldest first. */
  list(after: string): Promise<TreeNodeRow[]>;
  insert(rows: readonly NewTreeNodeRow[]): Promise<void>;
  remove(places: readonly TreePlace[]): Promise<void>;
  noteDestroyed(leaves: readonly number[]): Promise<void>;
  /** Those that were destroyed after the one with id `after`, oldest first. */
  listDestroyed(after: string): Promise<{ readonly id: string; readonly leaf: number }[]>;
  /** Writes the table anew, so that removed rows leave its file. Not inside a transaction. */
  rewrite(): Promise<void>;
}

export function createTreeNodeStore(db: Database): TreeNodeStore {
  return Object.freeze({
    list: async (after) => {
      const rows = await db.query<{
        id: string;
        depth: number;
        position: string;
        sealed_key: Buffer;
      }>({
        name: 'tree-nodes-list',
        text: `select id::text, depth, position::text, sealed_key from key_store.tree_nodes
               where tree_nodes.id > $1 order by tree_nodes.id`,
        values: [after],
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
    listDestroyed: async (after) => {
      const rows = await db.query<{ id: string; leaf: string }>({
        name: 'destroyed-leaves-list',
        text: `select id::text, leaf::text from key_store.destroyed_leaves
               where destroyed_leaves.id > $1 order by destroyed_leaves.id`,
        values: [after],
      });
      return rows.map(({ id, leaf }) => ({ id, leaf: Number(leaf) }));
    },
    rewrite: async () => {
      await db.query({ name: 'tree-nodes-rewrite', text: 'vacuum full key_store.tree_nodes' });
    },
  } satisfies TreeNodeStore);
}
