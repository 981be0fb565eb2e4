import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import { fingerprint, keyedIndex, type Sealer } from '../platform/keys/encryption.ts';
import type { Database, Statement } from '../platform/postgres/postgres.ts';
import type { ArtifactDefinition, ArtifactPayload, ArtifactStore } from './artifact.ts';
import { createPayloadCodec } from './payload-codec.ts';

export interface PostgresArtifactDeps {
  readonly db: Database;
  readonly transientSealer: Sealer;
  /** Key of the blind index over user codes, which are too short for a plain hash. */
  readonly indexKey: Buffer;
  readonly clock: Clock;
}

interface ArtifactRow {
  readonly fingerprint: Buffer;
  readonly payload: unknown;
  readonly consumedAt: Date | null;
  readonly expiresAt: Date;
}

interface ExtraColumn {
  readonly name: string;
  readonly read: (payload: ArtifactPayload) => unknown;
}

/** One table per kind; each call is one prepared statement. */
export function createPostgresArtifactStore(
  deps: PostgresArtifactDeps,
  definition: ArtifactDefinition,
): ArtifactStore {
  const { db, transientSealer, clock } = deps;
  const codec = createPayloadCodec(definition, transientSealer);
  const extras = extraColumns(definition, deps.indexKey);
  const statements = writeStatements(definition, extras);
  // The row decides when a refresh token ends: its end moves while the payload stays.
  const hasMovingEnd = definition.kind === 'RefreshToken';

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

  return Object.freeze({
    upsert: async (id: string, payload: ArtifactPayload, expiresInSeconds?: number) => {
      const key = fingerprint(id);
      const values = [
        key,
        payload.grantId ?? null,
        codec.encode(key, payload),
        payload.consumed === undefined ? null : new Date(payload.consumed * 1000),
        expiry(clock, expiresInSeconds),
        ...extras.map(({ read }) => read(payload)),
      ];
      await db.query({ ...statements.upsert, values });
    },
    find: async (id: string) => {
      const values = [fingerprint(id), clock.now()];
      const [row] = await db.query<ArtifactRow>({ ...statements.find, values });
      return decode(row, id);
    },
    findByUid: async () => undefined,
    findByUserCode: async (userCode: string) => {
      if (statements.findByUserCode === null) return undefined;
      const values = [keyedIndex(deps.indexKey, userCode), clock.now()];
      const [row] = await db.query<ArtifactRow>({ ...statements.findByUserCode, values });
      return decode(row, '');
    },
    consume: async (id: string) => {
      const values = [fingerprint(id), clock.now()];
      const won = await db.query({ ...statements.consume, values });
      if (won.length === 0) throw new AppError('conflict', 'already_used');
    },
    destroy: async (id: string) => {
      await db.query({ ...statements.destroy, values: [fingerprint(id)] });
    },
  });
}

function extraColumns(definition: ArtifactDefinition, indexKey: Buffer): readonly ExtraColumn[] {
  if (definition.kind === 'DeviceCode') {
    return [
      {
        name: 'user_code_index',
        read: ({ userCode }) => (userCode === undefined ? null : keyedIndex(indexKey, userCode)),
      },
    ];
  }
  if (definition.kind !== 'RefreshToken') return [];
  return [
    { name: 'account_id', read: ({ accountId }) => accountId ?? null },
    { name: 'client_id', read: ({ clientId }) => clientId ?? '' },
    { name: 'created_at', read: ({ iat }) => new Date((iat ?? 0) * 1000) },
  ];
}

interface Statements {
  readonly upsert: Statement;
  readonly find: Statement;
  readonly findByUserCode: Statement | null;
  readonly consume: Statement;
  readonly destroy: Statement;
}

function writeStatements(
  { table, isSealed, kind }: ArtifactDefinition,
  extras: readonly ExtraColumn[],
): Statements {
  const column = isSealed ? 'sealed_payload' : 'payload';
  const names = extras.map(({ name }) => name);
  const read = `select fingerprint, ${column} as payload, consumed_at as "consumedAt", expires_at as "expiresAt" from ${table}`;
  const statement = (verb: string, text: string): Statement => ({ name: `${table}-${verb}`, text });
  return {
    upsert: statement(
      'upsert',
      `insert into ${table} (${['fingerprint', 'grant_id', column, 'consumed_at', 'expires_at', ...names].join(', ')})
       values (${['$1', '$2', '$3', '$4', '$5', ...names.map((_, index) => `$${String(index + 6)}`)].join(', ')})
       on conflict (fingerprint) do update set
         ${['grant_id', column, 'expires_at', ...names].map((name) => `${name} = excluded.${name}`).join(', ')},
         consumed_at = coalesce(${table}.consumed_at, excluded.consumed_at)`,
    ),
    find: statement('find', `${read} where fingerprint = $1 and expires_at > $2`),
    findByUserCode:
      kind === 'DeviceCode'
        ? statement('find-by-user-code', `${read} where user_code_index = $1 and expires_at > $2`)
        : null,
    consume: statement(
      'consume',
      `update ${table} set consumed_at = $2
       where fingerprint = $1 and consumed_at is null and expires_at > $2 returning 1`,
    ),
    destroy: statement('destroy', `delete from ${table} where fingerprint = $1`),
  };
}

function expiry(clock: Clock, expiresInSeconds: number | undefined): Date | 'infinity' {
  if (expiresInSeconds === undefined) return 'infinity';
  return new Date(clock.now().getTime() + expiresInSeconds * 1000);
}
