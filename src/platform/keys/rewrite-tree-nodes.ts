import { withClient } from '../postgres/postgres-client.ts';
import { fromDriver } from '../postgres/postgres-failure.ts';

const LOCK_TIMEOUT_MS = 10_000;

/**
 * Rewrites the table `key_store.tree_nodes`, so that its file no longer contains removed rows. Meanwhile other
 * processes wait for the table. It uses a separate connection without a time limit, because the table can be large.
 * @throws AppError `database_unavailable`.
 */
export async function rewriteTreeNodes(url: string): Promise<void> {
  const config = {
    application_name: 'consentry-key-store',
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
  };
  const rewriting = withClient(url, config, async (client) => {
    await client.query(`set lock_timeout = ${String(LOCK_TIMEOUT_MS)}`);
    await client.query('set statement_timeout = 0');
    await client.query('vacuum full key_store.tree_nodes');
  });
  await fromDriver(rewriting);
}
