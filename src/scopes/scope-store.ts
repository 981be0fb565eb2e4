import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { RecordAccess, Scope } from './scope.ts';

/** The author and the time of a change. `by` is an account id. */
export interface Change {
  readonly by: string | null;
  readonly at: Date;
}

interface ScopeRow extends Pick<
  Scope,
  'name' | 'kind' | 'title' | 'description' | 'sensitivity' | 'retiredAt' | 'retiredBy'
> {
  readonly resource: string | null;
  readonly claims: string[];
  readonly recordNamespace: string | null;
  readonly recordAccess: RecordAccess['access'] | null;
}

/** Table `scopes`: the scopes that this installation defined. */
export function createScopeStore(db: Database) {
  return {
    async listAll(): Promise<Scope[]> {
      const rows =
        await db.query<ScopeRow>(sql`select name, kind, resource, claims, title, description,
          sensitivity, retired_at, case when retired_at is not null then updated_by end as retired_by,
          record_namespace, record_access
        from scopes order by created_at, name`);
      return rows.map(toScope);
    },

    /** @returns false when the name was ever used, in upper or lower case. */
    async insert(scope: Scope, { at, by }: Change): Promise<boolean> {
      const { records } = scope.kind === 'api' ? scope : {};
      const rows = await db.query(sql`insert into scopes ${sql.selected({
        name: scope.name,
        kind: scope.kind,
        resource: scope.kind === 'api' ? scope.resource : null,
        claims: claimsOf(scope),
        title: JSON.stringify(scope.title),
        description: JSON.stringify(scope.description),
        sensitivity: scope.sensitivity,
        createdAt: at,
        createdBy: by,
        updatedAt: at,
        updatedBy: by,
        recordNamespace: records?.namespace ?? null,
        recordAccess: records?.access ?? null,
      })} where not exists (select 1 from scopes where lower(name) = lower(${scope.name}::text))
        on conflict do nothing returning name`);
      return rows.length > 0;
    },

    /** Writes the texts, the sensitivity and the claims. @returns false when there is no such live scope. */
    async update(scope: Scope, { at, by }: Change): Promise<boolean> {
      const rows = await db.query(sql`update scopes set title = ${JSON.stringify(scope.title)},
          description = ${JSON.stringify(scope.description)}, sensitivity = ${scope.sensitivity},
          claims = ${claimsOf(scope)}, updated_at = ${at}, updated_by = ${by}
        where name = ${scope.name} and retired_at is null returning name`);
      return rows.length > 0;
    },

    /** @returns false when there is no such live scope. */
    async retire(name: string, { at, by }: Change): Promise<boolean> {
      const rows = await db.query(sql`update scopes
        set retired_at = ${at}, updated_at = ${at}, updated_by = ${by}
        where name = ${name} and retired_at is null returning name`);
      return rows.length > 0;
    },
  };
}

function claimsOf(scope: Scope): readonly string[] {
  return scope.kind === 'data' ? scope.claims : [];
}

function toScope({
  kind,
  resource,
  claims,
  recordNamespace,
  recordAccess,
  ...row
}: ScopeRow): Scope {
  const common = { ...row, isStandard: false };
  if (kind === 'data') return { kind, ...common, claims };
  const records =
    recordNamespace === null || recordAccess === null
      ? {}
      : { records: { namespace: recordNamespace, access: recordAccess } };
  return { kind, ...common, resource, ...records };
}
