import { AppError } from '../platform/app-error.ts';
import { fingerprint, keyedIndex } from '../platform/keys/encryption.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { ArtifactDefinition, ArtifactPayload, ArtifactStore } from './artifact.ts';
import { inSeconds, type TokenStorage } from './storage.ts';
import { createPayloadCodec } from './payload-codec.ts';

interface ArtifactRow {
  readonly fingerprint: Buffer;
  readonly payload: unknown;
  readonly consumedAt: Date | null;
  readonly expiresAt: Date;
}

/** One table per kind; each call is one prepared statement. */
export function createPostgresArtifactStore(
  ctx: TokenStorage,
  definition: ArtifactDefinition,
): ArtifactStore {
  const { db, clock, indexKey } = ctx;
  const codec = createPayloadCodec(definition, ctx.transientSealer);
  const table = sql.identifier(definition.table);
  const column = sql.identifier(definition.isSealed ? 'sealed_payload' : 'payload');
  // The row contains the end of a refresh token, because it is extended without a change of the payload.
  const hasMovingEnd = definition.kind === 'RefreshToken';
  const select = sql`select fingerprint, ${column} as payload, consumed_at, expires_at from ${table}`;

  const decode = (row: ArtifactRow | undefined, id: string): ArtifactPayload | undefined => {
    if (row === undefined) return undefined;
    const { consumedAt, expiresAt } = row;
    const payload = codec.decode(row.fingerprint, row.payload, id);
    return {
      ...payload,
      ...(hasMovingEnd ? { exp: Math.floor(expiresAt.getTime() / 1000) } : {}),
      ...(consumedAt === null ? {} : { consumed: consumedAt.getTime() / 1000 }),
    };
  };

  return {
    upsert: async (id: string, payload: ArtifactPayload, expiresInSeconds?: number) => {
      const key = fingerprint(id);
      const row = {
        fingerprint: key,
        grantId: payload.grantId ?? null,
        [definition.isSealed ? 'sealedPayload' : 'payload']: codec.encode(key, payload),
        consumedAt: payload.consumed === undefined ? null : new Date(payload.consumed * 1000),
        expiresAt: expiresInSeconds === undefined ? 'infinity' : inSeconds(ctx, expiresInSeconds),
        ...extraColumns(definition, indexKey, payload),
      };
      await db.query(sql`
        insert into ${table} ${sql.values(row)}
        on conflict (fingerprint) do update set grant_id = excluded.grant_id, ${column} = excluded.${column},
          expires_at = excluded.expires_at, ${extraUpdates(definition)}
          consumed_at = coalesce(${table}.consumed_at, excluded.consumed_at)`);
    },
    find: async (id: string) => {
      const [row] = await db.query<ArtifactRow>(
        sql`${select} where fingerprint = ${fingerprint(id)} and expires_at > ${clock.now()}`,
      );
      return decode(row, id);
    },
    findByUid: async () => undefined,
    findByUserCode: async (userCode: string) => {
      if (definition.kind !== 'DeviceCode') return undefined;
      const index = keyedIndex(indexKey, userCode);
      const [row] = await db.query<ArtifactRow>(
        sql`${select} where user_code_index = ${index} and expires_at > ${clock.now()}`,
      );
      return decode(row, '');
    },
    consume: async (id: string) => {
      const now = clock.now();
      const won = await db.query(sql`update ${table} set consumed_at = ${now}
        where fingerprint = ${fingerprint(id)} and consumed_at is null and expires_at > ${now}
        returning 1`);
      if (won.length === 0) throw new AppError('conflict', 'already_used');
    },
    destroy: async (id: string) => {
      await db.query(sql`delete from ${table} where fingerprint = ${fingerprint(id)}`);
    },
  };
}

/** Columns that only one kind has. */
function extraColumns(
  { kind }: ArtifactDefinition,
  indexKey: Buffer,
  { userCode, accountId, clientId, iat }: ArtifactPayload,
): Record<string, unknown> {
  if (kind === 'DeviceCode') {
    return { userCodeIndex: userCode === undefined ? null : keyedIndex(indexKey, userCode) };
  }
  if (kind !== 'RefreshToken') return {};
  return {
    accountId: accountId ?? null,
    clientId: clientId ?? '',
    createdAt: new Date((iat ?? 0) * 1000),
  };
}

/** The assignments of those columns when a row is replaced. */
function extraUpdates({ kind }: ArtifactDefinition): SqlStatement {
  if (kind === 'DeviceCode') return sql`user_code_index = excluded.user_code_index,`;
  if (kind !== 'RefreshToken') return sql``;
  return sql`account_id = excluded.account_id, client_id = excluded.client_id,
    created_at = excluded.created_at,`;
}
