import type { Database } from '../platform/postgres/postgres.ts';
import type { Grant, GrantFilter } from './grant.ts';

interface GrantRow {
  readonly id: string;
  readonly account_id: string;
  readonly client_id: string;
  readonly consent_id: string | null;
  readonly consent_version: number | null;
  readonly session_uid: string | null;
  readonly ends_others: boolean;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** Rows of `grants` and of their artifacts in Postgres. */
export interface GrantStore {
  /** Null when unknown, revoked or expired at `now`. */
  findLive(grantId: string, now: Date): Promise<Grant | null>;
  insert(grant: Grant): Promise<void>;
  /** Returns the ids that were live until now. */
  revoke(filter: GrantFilter, revokedAt: Date): Promise<readonly string[]>;
  /** Deletes the artifacts that were issued under these grants from `tables`. */
  deleteIssued(tables: readonly string[], grantIds: readonly string[]): Promise<void>;
}

/** `db` is the pool or a transaction. */
export function createGrantStore(db: Database): GrantStore {
  return Object.freeze({
    findLive: async (grantId: string, now: Date) => {
      const [row] = await db.query<GrantRow>({
        name: 'grants-find',
        text: `select id, account_id, client_id, consent_id, consent_version, session_uid, ends_others, created_at, expires_at
               from grants where id = $1 and revoked_at is null and expires_at > $2`,
        values: [grantId, now],
      });
      return row === undefined ? null : fromRow(row);
    },
    insert: async (grant: Grant) => {
      await db.query({
        name: 'grants-insert',
        text: `insert into grants
                 (id, account_id, client_id, consent_id, session_uid, created_at, expires_at, ends_others,
                  consent_version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        values: [
          grant.id,
          grant.accountId,
          grant.clientId,
          grant.consentId,
          grant.sessionUid,
          grant.createdAt,
          grant.expiresAt,
          grant.endsOthers,
          grant.consentVersion,
        ],
      });
    },
    revoke: async (filter: GrantFilter, revokedAt: Date) => {
      const { name, condition, values } = select(filter);
      const rows = await db.query<{ id: string }>({
        name: `grants-revoke-${name}`,
        text: `update grants set revoked_at = $1 where revoked_at is null and ${condition} returning id`,
        values: [revokedAt, ...values],
      });
      return rows.map(({ id }) => id);
    },
    deleteIssued: async (tables: readonly string[], grantIds: readonly string[]) => {
      for (const table of tables) {
        await db.query({
          name: `${table}-delete-issued`,
          text: `delete from ${table} where grant_id = any($1)`,
          values: [grantIds],
        });
      }
    },
  });
}

function select(filter: GrantFilter): {
  readonly name: string;
  readonly condition: string;
  readonly values: readonly unknown[];
} {
  if ('grantId' in filter) return { name: 'one', condition: 'id = $2', values: [filter.grantId] };
  if ('consentId' in filter) {
    return {
      name: 'consent',
      condition: 'consent_id = $2 and id is distinct from $3::text',
      values: [filter.consentId, filter.exceptGrantId ?? null],
    };
  }
  if ('sessionUid' in filter) {
    return {
      name: 'session',
      condition: 'session_uid = $2 and client_id <> all($3::text[])',
      values: [filter.sessionUid, filter.exceptClientIds ?? []],
    };
  }
  if ('accountId' in filter) {
    return { name: 'account', condition: 'account_id = $2', values: [filter.accountId] };
  }
  return { name: 'client', condition: 'client_id = $2', values: [filter.clientId] };
}

function fromRow(row: GrantRow): Grant {
  return Object.freeze({
    id: row.id,
    accountId: row.account_id,
    clientId: row.client_id,
    consentId: row.consent_id,
    consentVersion: row.consent_version,
    sessionUid: row.session_uid,
    endsOthers: row.ends_others,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  });
}
