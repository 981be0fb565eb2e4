import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import {
  type ClaimRequest,
  type Client,
  CONSOLE_CLIENT_ID,
  PROBE_CLIENT_ID,
  type SecretFingerprint,
} from './client.ts';
import {
  fromMetadata,
  type StoredClient,
  type StoredMetadata,
  toMetadata,
} from './stored-client.ts';

export interface ClientQuery {
  /** Null: any. */
  readonly isVerified: boolean | null;
  readonly limit: number;
}

/** The owner of a new app, and the form that registers it. */
interface ClientOrigin {
  readonly by: string | null;
  readonly draftKey?: string | undefined;
}

interface ClientRow extends Pick<
  Client,
  | 'id'
  | 'name'
  | 'ownerAccountId'
  | 'status'
  | 'isFirstParty'
  | 'isVerified'
  | 'logo'
  | 'createdAt'
  | 'updatedAt'
> {
  readonly metadata: StoredMetadata;
  readonly secrets: readonly { id: string; fingerprint: string; expiresAt: string | null }[];
  readonly requests: readonly (Omit<ClaimRequest, 'sinceVersion'> & {
    readonly sinceVersion: number | null;
  })[];
}

const SELECT = sql`
  select c.id, c.name, c.owner_account_id, c.status, c.is_first_party, c.is_verified, c.logo, c.metadata,
    c.created_at, c.updated_at,
    (select coalesce(json_agg(json_build_object('id', s.id, 'fingerprint', encode(s.fingerprint, 'hex'),
        'expiresAt', s.expires_at) order by s.created_at, s.id), '[]')
     from client_secrets s where s.client_id = c.id) as secrets,
    (select coalesce(json_agg(json_build_object('claim', r.claim, 'necessity', r.necessity,
        'purpose', r.purpose, 'purposeVersion', r.purpose_version, 'sinceVersion', r.since_version,
        'longestDuration', r.longest_duration) order by r.position, r.claim), '[]')
     from client_requests r where r.client_id = c.id) as requests
  from clients c`;

/**
 * Reads and writes the tables `clients` and `client_requests`; an app is read completely, with the fingerprints of its
 * secrets.
 */
export function createClientStore(db: Database) {
  const list = async (statement: SqlStatement): Promise<StoredClient[]> =>
    (await db.query<ClientRow>(statement)).map(toClient);
  const findOne = async (statement: SqlStatement) => (await list(statement))[0] ?? null;

  return {
    /** In any status. */
    find: (clientId: string) => findOne(sql`${SELECT} where c.id = ${clientId}`),

    /** In any status, by their ids. */
    async findAll(clientIds: readonly string[]): Promise<ReadonlyMap<string, StoredClient>> {
      const clients = await list(sql`${SELECT} where c.id = any(${clientIds}::text[])`);
      return new Map(clients.map((client) => [client.id, client]));
    },

    /** Locks the row until the transaction ends. */
    findForChange: (clientId: string) =>
      findOne(sql`${SELECT} where c.id = ${clientId} for update of c`),

    /** The app that this owner created with this form. */
    findByDraft: (ownerAccountId: string, draftKey: string) =>
      findOne(
        sql`${SELECT} where c.owner_account_id = ${ownerAccountId} and c.draft_key = ${draftKey}`,
      ),

    /** Newest first, without deleted apps and the apps of this server. */
    list: ({ isVerified, limit }: ClientQuery) =>
      list(sql`${SELECT}
        where c.status <> 'deleted' and c.id <> all(${[CONSOLE_CLIENT_ID, PROBE_CLIENT_ID]}::text[])
          and (${isVerified}::boolean is null or c.is_verified = ${isVerified})
        order by c.created_at desc, c.id limit ${limit}`),

    /** Names of the verified and first-party apps, without deleted ones and those of this owner. */
    async trustedNames(ownerAccountId: string | null): Promise<string[]> {
      const rows = await db.query<{ name: string }>(sql`select c.name from clients c
        where c.status <> 'deleted' and (c.is_verified or c.is_first_party)
          and c.owner_account_id is distinct from ${ownerAccountId}::uuid`);
      return rows.map(({ name }) => name);
    },

    /** Newest first, without deleted ones. */
    listOwnedBy: (accountId: string) =>
      list(sql`${SELECT} where c.owner_account_id = ${accountId} and c.status <> 'deleted'
        order by c.created_at desc, c.id`),

    /** @returns false when the id is taken, or the owner's form was sent before. */
    async insert(client: StoredClient, { by, draftKey }: ClientOrigin) {
      const row = {
        ...columnsOf(client),
        createdAt: client.createdAt,
        createdBy: by,
        updatedAt: client.createdAt,
        updatedBy: by,
        draftKey: draftKey ?? null,
      };
      const rows = await db.query(
        sql`insert into clients ${sql.values(row)} on conflict do nothing returning id`,
      );
      return rows.length > 0;
    },

    /** Writes the row itself, not its secrets and requests. */
    async update(client: StoredClient, by: string | null): Promise<void> {
      const row = columnsOf(client);
      await db.query(sql`update clients set name = ${row.name}, owner_account_id = ${row.ownerAccountId},
          status = ${row.status}, is_first_party = ${row.isFirstParty}, is_verified = ${row.isVerified},
          logo = ${row.logo}, metadata = ${row.metadata}, updated_at = ${client.updatedAt}, updated_by = ${by}
        where id = ${row.id}`);
    },

    /** Replaces all requests of the app by this list, in this order. */
    async replaceRequests(clientId: string, requests: readonly ClaimRequest[]): Promise<void> {
      await db.query(sql`delete from client_requests where client_id = ${clientId}`);
      if (requests.length === 0) return;
      await db.query(sql`insert into client_requests (client_id, claim, necessity, purpose, purpose_version,
          longest_duration, position, since_version)
        select ${clientId}, given.value->>'claim', given.value->>'necessity', given.value->'purpose',
          (given.value->>'purposeVersion')::int, given.value->>'longestDuration', given.position - 1,
          (given.value->>'sinceVersion')::int
        from jsonb_array_elements(${JSON.stringify(requests)}::jsonb) with ordinality as given (value, position)`);
    },

    /** The number of apps, without deleted ones, that may request at least one of these scopes. */
    async countRequesting(scopes: readonly string[]): Promise<number> {
      const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count from clients
        where status <> 'deleted' and metadata->'scopes' ?| ${scopes}::text[]`);
      return row?.count ?? 0;
    },
  };
}

function columnsOf(client: StoredClient) {
  const { id, name, ownerAccountId, status, isFirstParty, isVerified, logo } = client;
  const metadata = JSON.stringify(toMetadata(client));
  return { id, name, ownerAccountId, status, isFirstParty, isVerified, logo, metadata };
}

function toClient({ metadata, secrets, requests, ...row }: ClientRow): StoredClient {
  return {
    ...row,
    ...fromMetadata(metadata),
    requests: requests.map(({ sinceVersion, ...request }) =>
      sinceVersion === null ? request : { ...request, sinceVersion },
    ),
    secretFingerprints: secrets.map(({ id, fingerprint, expiresAt }): SecretFingerprint => ({
      id,
      fingerprint: Buffer.from(fingerprint, 'hex'),
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
    })),
  };
}
