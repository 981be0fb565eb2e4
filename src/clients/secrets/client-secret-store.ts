import type { Database } from '../../platform/postgres/postgres.ts';
import type { SecretSummary } from '../client.ts';

/** Rows of secrets: fingerprints and the parts that the owner may see. */
export interface ClientSecretStore {
  /** Newest first, expired ones too. */
  list(clientId: string): Promise<SecretSummary[]>;
  /** @returns false when a secret of this app was made with the same form. */
  insert(clientId: string, secret: NewSecretRow): Promise<boolean>;
  /** Lets every secret end at `at`, unless it ends sooner. */
  expireAll(clientId: string, at: Date): Promise<void>;
  deleteExpired(clientId: string, now: Date): Promise<void>;
  /** @returns false when the app has no such secret. */
  delete(clientId: string, secretId: string): Promise<boolean>;
  deleteAll(clientId: string): Promise<void>;
  markUsed(secretId: string, at: Date): Promise<void>;
}

/** A secret as it is first written. */
export interface NewSecretRow extends SecretSummary {
  readonly fingerprint: Buffer;
  readonly draftKey: string | null;
}

interface SecretRow {
  readonly id: string;
  readonly hint: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

/** Reads and writes the table `client_secrets`. */
export function createClientSecretStore(db: Database): ClientSecretStore {
  return Object.freeze({
    list: async (clientId: string) => {
      const rows = await db.query<SecretRow>({
        name: 'client-secrets-list',
        text: `select id, hint, created_at, expires_at, last_used_at from client_secrets
               where client_id = $1 order by created_at desc, id`,
        values: [clientId],
      });
      return rows.map(toSummary);
    },

    insert: async (clientId: string, secret: NewSecretRow) => {
      const rows = await db.query({
        name: 'client-secrets-insert',
        text: `insert into client_secrets (id, client_id, fingerprint, hint, created_at, expires_at, draft_key)
               values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
        values: [
          secret.id,
          clientId,
          secret.fingerprint,
          secret.hint,
          secret.createdAt,
          secret.expiresAt,
          secret.draftKey,
        ],
      });
      return rows.length > 0;
    },

    expireAll: async (clientId: string, at: Date) => {
      await db.query({
        name: 'client-secrets-expire',
        text: `update client_secrets set expires_at = least(coalesce(expires_at, $2), $2)
               where client_id = $1`,
        values: [clientId, at],
      });
    },

    deleteExpired: async (clientId: string, now: Date) => {
      await db.query({
        name: 'client-secrets-delete-expired',
        text: 'delete from client_secrets where client_id = $1 and expires_at <= $2',
        values: [clientId, now],
      });
    },

    delete: async (clientId: string, secretId: string) => {
      const rows = await db.query({
        name: 'client-secrets-delete',
        text: 'delete from client_secrets where client_id = $1 and id::text = $2 returning id',
        values: [clientId, secretId],
      });
      return rows.length > 0;
    },

    deleteAll: async (clientId: string) => {
      await db.query({
        name: 'client-secrets-delete-all',
        text: 'delete from client_secrets where client_id = $1',
        values: [clientId],
      });
    },

    markUsed: async (secretId: string, at: Date) => {
      await db.query({
        name: 'client-secrets-mark-used',
        text: `update client_secrets set last_used_at = greatest(last_used_at, $2) where id = $1`,
        values: [secretId, at],
      });
    },
  });
}

function toSummary(row: SecretRow): SecretSummary {
  return {
    id: row.id,
    hint: row.hint,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
