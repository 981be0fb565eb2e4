import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { ResourceServer } from './scope.ts';
import type { Change } from './scope-store.ts';

/** Table `resource_servers`: the APIs that tokens are issued for. */
export function createResourceServerStore(db: Database) {
  return {
    listAll(): Promise<ResourceServer[]> {
      return db.query<ResourceServer>(sql`select identifier, title, access_token_format,
          access_token_lifetime_seconds, introspection_client_ids, retired_at
        from resource_servers order by created_at, identifier`);
    },

    /** @returns false when the identifier was ever used. */
    async insert(
      { retiredAt: _live, ...server }: ResourceServer,
      { at, by }: Change,
    ): Promise<boolean> {
      const rows = await db.query(
        sql`insert into resource_servers ${sql.values({
          ...server,
          title: JSON.stringify(server.title),
          createdAt: at,
          createdBy: by,
          updatedAt: at,
          updatedBy: by,
        })} on conflict do nothing returning identifier`,
      );
      return rows.length > 0;
    },

    /** Writes everything but the identifier. */
    async update(server: ResourceServer, { at, by }: Change): Promise<void> {
      await db.execute(sql`update resource_servers set title = ${JSON.stringify(server.title)},
          access_token_format = ${server.accessTokenFormat},
          access_token_lifetime_seconds = ${server.accessTokenLifetimeSeconds},
          introspection_client_ids = ${server.introspectionClientIds}, updated_at = ${at}, updated_by = ${by},
          retired_at = ${server.retiredAt}
        where identifier = ${server.identifier}`);
    },
  };
}
