import { createFreshCache } from '../platform/fresh-cache.ts';
import type { SqlStatement } from '../platform/postgres/sql.ts';
import type { TokensContext } from './context.ts';
import { type CreateGrantInput, newGrant } from './create-grant.ts';
import type { Grant } from './grant.ts';
import { createGrantStore } from './grant-store.ts';

const CACHED_GRANTS = 50_000;

/** Grants that are in force, of which this node keeps copies. */
export function createLiveGrants(ctx: TokensContext) {
  const { db, feed, clock } = ctx;
  const store = createGrantStore(db);
  const copies = createFreshCache<Grant | null>({
    feed,
    topic: 'grant',
    maxEntries: CACHED_GRANTS,
    load: (grantId) => store.findLive(grantId, clock.now()),
  });
  return {
    /** Null unless the grant exists and is neither revoked nor expired. */
    find: async (grantId: string): Promise<Grant | null> => {
      const grant = await copies.get(grantId);
      return grant !== null && grant.expiresAt > clock.now() ? grant : null;
    },

    /**
     * Creates a grant in one statement, where `condition` holds. This node keeps it, so that the next request reads nothing.
     * @returns null when the condition does not hold; then nothing was written.
     */
    createWhere: (input: CreateGrantInput, condition: SqlStatement): Promise<Grant | null> => {
      const grant = newGrant(ctx, input);
      return copies.keep(grant.id, async () =>
        (await store.insertWhere(grant, condition)) ? grant : null,
      );
    },
  };
}
