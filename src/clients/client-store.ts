import type { Database } from '../platform/postgres/postgres.ts';
import {
  type ClaimRequest,
  type ClientStatus,
  CONSOLE_CLIENT_ID,
  type Duration,
  PROBE_CLIENT_ID,
  type Purpose,
} from './client.ts';
import type { ClientQuery } from './clients.ts';
import { type StoredClient, type StoredMetadata, toMetadata } from './stored-client.ts';

/** Rows of apps, each read whole with its secrets' fingerprints and its requests. */
export interface ClientStore {
  /** In any status. */
  find(clientId: string): Promise<StoredClient | null>;
  /** Like `find`, and keeps others from changing it until the transaction ends. */
  findForChange(clientId: string): Promise<StoredClient | null>;
  /** Newest first, without deleted ones and those of this server itself. */
  list(query: ClientQuery): Promise<StoredClient[]>;
  /** Newest first, without deleted ones. */
  listOwnedBy(accountId: string): Promise<StoredClient[]>;
  /** The app that a form of this owner made. */
  findByDraft(ownerAccountId: string, draftKey: string): Promise<StoredClient | null>;
  /** @returns false when the id is taken, or the owner's form was sent before. */
  insert(client: StoredClient, origin: ClientOrigin): Promise<boolean>;
  /** Writes the row itself; secrets and requests have stores of their own. */
  update(client: StoredClient, by: string | null): Promise<void>;
  countAsking(scope: string): Promise<number>;
  /** Apps that registered at least one of the scopes. */
  countAskingAny(scopes: readonly string[]): Promise<number>;
}

/** The owner of a new app, and the form that registers it. */
export interface ClientOrigin {
  readonly by: string | null;
  readonly draftKey?: string | undefined;
}

interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly owner_account_id: string | null;
  readonly status: ClientStatus;
  readonly is_first_party: boolean;
  readonly is_verified: boolean;
  readonly metadata: StoredMetadata;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly secrets: readonly { id: string; fingerprint: string; expires_at: string | null }[];
  readonly requests: readonly RequestRow[];
}

interface RequestRow {
  readonly claim: string;
  readonly necessity: ClaimRequest['necessity'];
  readonly purpose: Purpose;
  readonly purpose_version: number;
  readonly since_version: number | null;
  readonly longest_duration: Duration;
}

const SELECT = `
  select c.id, c.name, c.owner_account_id, c.status, c.is_first_party, c.is_verified, c.metadata,
    c.created_at, c.updated_at,
    (select coalesce(json_agg(json_build_object('id', s.id, 'fingerprint', encode(s.fingerprint, 'hex'),
        'expires_at', s.expires_at) order by s.created_at, s.id), '[]')
     from client_secrets s where s.client_id = c.id) as secrets,
    (select coalesce(json_agg(json_build_object('claim', r.claim, 'necessity', r.necessity,
        'purpose', r.purpose, 'purpose_version', r.purpose_version, 'since_version', r.since_version,
        'longest_duration', r.longest_duration) order by r.position, r.claim), '[]')
     from client_requests r where r.client_id = c.id) as requests
  from clients c`;

/** Reads and writes the table `clients`. */
export function createClientStore(db: Database): ClientStore {
  const findBy = async (name: string, tail: string, values: readonly unknown[]) => {
    const rows = await db.query<ClientRow>({ name, text: `${SELECT} ${tail}`, values });
    return rows.map(toClient);
  };
  return Object.freeze({
    find: async (clientId: string) =>
      (await findBy('clients-find', 'where c.id = $1', [clientId]))[0] ?? null,

    findForChange: async (clientId: string) =>
      (await findBy('clients-find-for-change', 'where c.id = $1 for update of c', [clientId]))[0] ??
      null,

    list: ({ isVerified, limit }: ClientQuery) =>
      findBy(
        'clients-list',
        `where c.status <> 'deleted' and c.id <> all($3::text[])
           and ($1::boolean is null or c.is_verified = $1)
         order by c.created_at desc, c.id limit $2`,
        [isVerified, limit, [CONSOLE_CLIENT_ID, PROBE_CLIENT_ID]],
      ),

    listOwnedBy: (accountId: string) =>
      findBy(
        'clients-list-owned',
        `where c.owner_account_id = $1 and c.status <> 'deleted' order by c.created_at desc, c.id`,
        [accountId],
      ),

    findByDraft: async (ownerAccountId: string, draftKey: string) =>
      (
        await findBy(
          'clients-find-by-draft',
          'where c.owner_account_id = $1 and c.draft_key = $2',
          [ownerAccountId, draftKey],
        )
      )[0] ?? null,

    insert: async (client: StoredClient, { by, draftKey }: ClientOrigin) => {
      const rows = await db.query({
        name: 'clients-insert',
        text: `insert into clients (id, name, owner_account_id, status, is_first_party, is_verified, metadata,
                 created_at, created_by, updated_at, updated_by, draft_key)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9, $10)
               on conflict do nothing returning id`,
        values: [...columns(client), client.createdAt, by, draftKey ?? null],
      });
      return rows.length > 0;
    },

    update: async (client: StoredClient, by: string | null) => {
      await db.query({
        name: 'clients-update',
        text: `update clients set name = $2, owner_account_id = $3, status = $4, is_first_party = $5,
                 is_verified = $6, metadata = $7, updated_at = $8, updated_by = $9
               where id = $1`,
        values: [...columns(client), client.updatedAt, by],
      });
    },

    countAskingAny: async (scopes: readonly string[]) => {
      const [row] = await db.query<{ count: number }>({
        name: 'clients-count-asking-any',
        text: `select count(*)::int as count from clients
               where status <> 'deleted' and metadata->'scopes' ?| $1::text[]`,
        values: [scopes],
      });
      return row?.count ?? 0;
    },

    countAsking: async (scope: string) => {
      const [row] = await db.query<{ count: number }>({
        name: 'clients-count-asking',
        text: `select count(*)::int as count from clients
               where status <> 'deleted' and metadata->'scopes' ? $1`,
        values: [scope],
      });
      return row?.count ?? 0;
    },
  });
}

function columns(client: StoredClient): unknown[] {
  return [
    client.id,
    client.name,
    client.ownerAccountId,
    client.status,
    client.isFirstParty,
    client.isVerified,
    JSON.stringify(toMetadata(client)),
  ];
}

function toClient(row: ClientRow): StoredClient {
  const { metadata } = row;
  return Object.freeze({
    id: row.id,
    name: row.name,
    ownerAccountId: row.owner_account_id,
    status: row.status,
    isHeldByAdministrator: metadata.held_by_administrator,
    tokensCutOffAt: toDate(metadata.tokens_cut_off_at),
    isFirstParty: row.is_first_party,
    isVerified: row.is_verified,
    applicationType: metadata.application_type,
    logoUri: metadata.logo_uri,
    clientUri: metadata.client_uri,
    policyUri: metadata.policy_uri,
    tosUri: metadata.tos_uri,
    contact: metadata.contact,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    grantTypes: metadata.grant_types,
    responseTypes: metadata.response_types,
    tokenEndpointAuthMethod:
      metadata.any_secret_method === true ? 'client_secret' : metadata.token_endpoint_auth_method,
    jwks: metadata.jwks,
    scopes: metadata.scopes,
    subjectType: metadata.subject_type,
    sectorIdentifierHost: metadata.sector_identifier_host,
    idTokenSignedResponseAlg: metadata.id_token_signed_response_alg,
    requirePkce: metadata.require_pkce,
    claimsInIdToken: metadata.claims_in_id_token ?? false,
    rotateRefreshTokens: metadata.rotate_refresh_tokens ?? false,
    accessTokenSeconds: metadata.access_token_seconds ?? null,
    refreshTokenIdleSeconds: metadata.refresh_token_idle_seconds ?? null,
    refreshTokenAbsoluteSeconds: metadata.refresh_token_absolute_seconds ?? null,
    purposeVersions: metadata.purpose_versions,
    requests: row.requests.map(toRequest),
    secretFingerprints: row.secrets.map((secret) => ({
      id: secret.id,
      fingerprint: Buffer.from(secret.fingerprint, 'hex'),
      expiresAt: secret.expires_at === null ? null : new Date(secret.expires_at),
    })),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  });
}

function toRequest(row: RequestRow): ClaimRequest {
  return {
    claim: row.claim,
    necessity: row.necessity,
    purpose: row.purpose,
    purposeVersion: row.purpose_version,
    longestDuration: row.longest_duration,
    ...(row.since_version === null ? {} : { sinceVersion: row.since_version }),
  };
}

function toDate(text: string | null | undefined): Date | null {
  return text === null || text === undefined ? null : new Date(text);
}
