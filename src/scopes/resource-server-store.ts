import type { Database } from '../platform/postgres/postgres.ts';
import type { Localized } from './localized.ts';
import type { ResourceServer } from './scope.ts';
import type { Change } from './scope-store.ts';

/** Rows of the APIs that tokens are issued for. */
export interface ResourceServerStore {
  listAll(): Promise<ResourceServer[]>;
  /** @returns false when the identifier was ever used. */
  insert(server: ResourceServer, change: Change): Promise<boolean>;
  /** Writes everything but the identifier. @returns false when there is none. */
  update(server: ResourceServer, change: Change): Promise<boolean>;
}

interface ResourceServerRow {
  readonly identifier: string;
  readonly title: Localized;
  readonly access_token_format: 'opaque' | 'jwt';
  readonly access_token_lifetime_seconds: number;
  readonly introspection_client_ids: string[];
  readonly retired_at: Date | null;
}

/** Reads and writes the table `resource_servers`. */
export function createResourceServerStore(db: Database): ResourceServerStore {
  return Object.freeze({
    listAll: async () => {
      const rows = await db.query<ResourceServerRow>({
        name: 'resource-servers-list',
        text: `select identifier, title, access_token_format, access_token_lifetime_seconds,
                 introspection_client_ids, retired_at
               from resource_servers order by created_at, identifier`,
      });
      return rows.map(toResourceServer);
    },

    insert: async (server: ResourceServer, change: Change) => {
      const rows = await db.query({
        name: 'resource-servers-insert',
        text: `insert into resource_servers (identifier, title, access_token_format,
                 access_token_lifetime_seconds, introspection_client_ids, created_at, created_by,
                 updated_at, updated_by)
               values ($1, $2, $3, $4, $5, $6, $7, $6, $7)
               on conflict do nothing returning identifier`,
        values: [...columns(server), change.at, change.by],
      });
      return rows.length > 0;
    },

    update: async (server: ResourceServer, change: Change) => {
      const rows = await db.query({
        name: 'resource-servers-update',
        text: `update resource_servers set title = $2, access_token_format = $3,
                 access_token_lifetime_seconds = $4, introspection_client_ids = $5, updated_at = $6,
                 updated_by = $7, retired_at = $8
               where identifier = $1 returning identifier`,
        values: [...columns(server), change.at, change.by, server.retiredAt],
      });
      return rows.length > 0;
    },
  });
}

function columns(server: ResourceServer): unknown[] {
  return [
    server.identifier,
    JSON.stringify(server.title),
    server.accessTokenFormat,
    server.accessTokenLifetimeSeconds,
    server.introspectionClientIds,
  ];
}

function toResourceServer(row: ResourceServerRow): ResourceServer {
  return {
    identifier: row.identifier,
    title: row.title,
    accessTokenFormat: row.access_token_format,
    accessTokenLifetimeSeconds: row.access_token_lifetime_seconds,
    introspectionClientIds: row.introspection_client_ids,
    retiredAt: row.retired_at,
  };
}
