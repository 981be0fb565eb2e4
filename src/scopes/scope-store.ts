import type { Database } from '../platform/postgres/postgres.ts';
import type { Localized, Sensitivity } from './localized.ts';
import type { RecordAccess, Scope } from './scope.ts';

/** The author and the time of a change. `by` is an account id. */
export interface Change {
  readonly by: string | null;
  readonly at: Date;
}

/** Rows of the scopes that this installation defined. */
export interface ScopeStore {
  listAll(): Promise<Scope[]>;
  /** @returns false when the name was ever used, in any case of letters. */
  insert(scope: Scope, change: Change): Promise<boolean>;
  /** Writes the words, the sensitivity and the claims. @returns false when there is no such live scope. */
  update(scope: Scope, change: Change): Promise<boolean>;
  /** @returns false when there is no such live scope. */
  retire(name: string, change: Change): Promise<boolean>;
}

interface ScopeRow {
  readonly name: string;
  readonly kind: 'data' | 'api';
  readonly resource: string | null;
  readonly claims: string[];
  readonly title: Localized;
  readonly description: Localized;
  readonly sensitivity: Sensitivity;
  readonly retired_at: Date | null;
  readonly record_namespace: string | null;
  readonly record_access: RecordAccess['access'] | null;
}

/** Reads and writes the table `scopes`. */
export function createScopeStore(db: Database): ScopeStore {
  return Object.freeze({
    listAll: async () => {
      const rows = await db.query<ScopeRow>({
        name: 'scopes-list',
        text: `select name, kind, resource, claims, title, description, sensitivity, retired_at,
                 record_namespace, record_access
               from scopes order by created_at, name`,
      });
      return rows.map(toScope);
    },

    insert: async (scope: Scope, change: Change) => {
      const rows = await db.query({
        name: 'scopes-insert',
        text: `insert into scopes (name, kind, resource, claims, title, description, sensitivity,
                 created_at, created_by, updated_at, updated_by, record_namespace, record_access)
               select $1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9, $10, $11
               where not exists (select 1 from scopes where lower(name) = lower($1))
               on conflict do nothing returning name`,
        values: [
          scope.name,
          scope.kind,
          scope.kind === 'api' ? scope.resource : null,
          scope.kind === 'data' ? scope.claims : [],
          JSON.stringify(scope.title),
          JSON.stringify(scope.description),
          scope.sensitivity,
          change.at,
          change.by,
          scope.kind === 'api' ? (scope.records?.namespace ?? null) : null,
          scope.kind === 'api' ? (scope.records?.access ?? null) : null,
        ],
      });
      return rows.length > 0;
    },

    update: async (scope: Scope, change: Change) => {
      const rows = await db.query({
        name: 'scopes-update',
        text: `update scopes set title = $2, description = $3, sensitivity = $4, claims = $5,
                 updated_at = $6, updated_by = $7
               where name = $1 and retired_at is null returning name`,
        values: [
          scope.name,
          JSON.stringify(scope.title),
          JSON.stringify(scope.description),
          scope.sensitivity,
          scope.kind === 'data' ? scope.claims : [],
          change.at,
          change.by,
        ],
      });
      return rows.length > 0;
    },

    retire: async (name: string, change: Change) => {
      const rows = await db.query({
        name: 'scopes-retire',
        text: `update scopes set retired_at = $2, updated_at = $2, updated_by = $3
               where name = $1 and retired_at is null returning name`,
        values: [name, change.at, change.by],
      });
      return rows.length > 0;
    },
  });
}

function toScope(row: ScopeRow): Scope {
  const common = {
    name: row.name,
    title: row.title,
    description: row.description,
    sensitivity: row.sensitivity,
    isStandard: false,
    retiredAt: row.retired_at,
  };
  return row.kind === 'data'
    ? { kind: 'data', ...common, claims: row.claims }
    : { kind: 'api', ...common, resource: row.resource, ...recordsOf(row) };
}

function recordsOf({ record_namespace: namespace, record_access: access }: ScopeRow) {
  return namespace === null || access === null ? {} : { records: { namespace, access } };
}
