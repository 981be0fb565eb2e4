import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import { fingerprint, type Sealer } from '../platform/keys/encryption.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Redis } from '../platform/redis/redis.ts';
import { type AccessTokens, createAccessTokens, type ReloadableKeys } from './access-tokens.ts';
import type { ArtifactKind, ArtifactStore } from './artifact.ts';
import { createArtifactStore, createArtifactStores } from './artifact-stores.ts';
import {
  commitRedemption,
  type CommitRedemptionInput,
  extendRefreshToken,
} from './commit-redemption.ts';
import { createGrant, type CreateGrantInput } from './create-grant.ts';
import { revokeRefreshToken, spoilCode } from './end-presented.ts';
import type { Grant, GrantFilter } from './grant.ts';
import { createGrantStore } from './grant-store.ts';
import { purgeExpired } from './purge-expired.ts';
import { beginRedemption, type Presented, type Redemption } from './redemption.ts';
import { createRevokedTokens } from './revoked-tokens.ts';
import { createRevocationRounds, type RevocationRounds } from './revocation-rounds.ts';
import { revokeGrants } from './revoke-grants.ts';
import { createUsedCodeStore } from './used-code-store.ts';

export { type AccessTokenContent, unknownMembers } from './access-token-layout.ts';
export {
  ACCESS_TOKEN_PREFIXES,
  type AccessTokenKind,
  type AccessTokens,
  type ReloadableKeys,
} from './access-tokens.ts';
export type { ArtifactKind, ArtifactPayload, ArtifactStore } from './artifact.ts';
export type { CommitRedemptionInput } from './commit-redemption.ts';
export type { CreateGrantInput } from './create-grant.ts';
export type { Grant, GrantFilter } from './grant.ts';
export type { Presented, Redemption } from './redemption.ts';
export {
  PROBE_TOPIC,
  REVOCATION_BOUND_SECONDS,
  type RevocationRounds,
  type RoundResult,
} from './revocation-rounds.ts';

/** The objects that the provider issued and has to find again. */
export interface Tokens {
  /** Null unless the grant exists and is neither revoked nor expired. */
  findGrant(grantId: string): Promise<Grant | null>;
  createGrant(input: CreateGrantInput): Promise<Grant>;
  /**
   * Ends grants and everything issued under them, on every node, once `tx` commits.
   * @returns how many grants ended.
   */
  revokeGrants(tx: Database, filter: GrantFilter): Promise<number>;
  /** The store of one kind; the same object at every call. */
  artifacts(kind: ArtifactKind): ArtifactStore;
  /**
   * Records in `tx` that `name` was used. Of any number of callers on any number of nodes one commits.
   * @throws AppError `already_used` (kind `conflict`) for every other.
   */
  markUsed(tx: Database, name: string): Promise<void>;
  /** Uses up a thing of a kind that works once, as its store does, in `tx`. @throws AppError `already_used`. */
  consumeIn(tx: Database, kind: ArtifactKind, id: string): Promise<void>;
  /** Seals the content of an opaque access token, see {@link AccessTokens}. */
  readonly sealAccessToken: AccessTokens['seal'];
  /** See {@link Redemption}. */
  beginRedemption(): Redemption;
  /** See {@link commitRedemption}. @throws AppError `already_used`. */
  commitRedemption(input: CommitRedemptionInput): Promise<string>;
  /** See {@link extendRefreshToken}. */
  extendRefreshToken(presented: Presented, seconds: number): Promise<void>;
  /** See {@link revokeRefreshToken}. */
  revokeRefreshToken(id: string): Promise<void>;
  /** See {@link spoilCode}. */
  spoilCode(id: string): Promise<void>;
  /** How long a withdrawal takes, measured live. */
  readonly revocationRounds: RevocationRounds;
  /** Deletes expired rows in batches. Safe to call on every node at once. @returns how many went. */
  purgeExpired(): Promise<number>;
}

export interface TokensDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  /** Null: everything is kept in Postgres. */
  readonly redis: Redis | null;
  readonly transientSealer: Sealer;
  /** A key for access tokens is derived from each. Every one outlives what was sealed with it. */
  readonly accessTokenKeys: ReloadableKeys;
  /** Of this server: a token of another one does not open here. */
  readonly issuer: string;
  /** 32 bytes, for blind indexes over short codes. */
  readonly indexKey: Buffer;
  readonly clock: Clock;
  /**
   * A refresh token that was used less than this ago is refused without ending its grant: two tabs that refresh at the
   * same moment are not a theft. Used longer ago, it ends the grant (RFC 9700 §4.14.2). At most 10.
   */
  readonly refreshTokenGraceSeconds: number;
  /** Goes before every Redis key. Default `consentry:`. */
  readonly keyPrefix?: string;
}

const CACHED_GRANTS = 50_000;

/** Binds the use cases of this slice. */
export function createTokens(deps: TokensDeps): Tokens {
  const { db, feed, clock } = deps;
  const storeDeps = { ...deps, keyPrefix: deps.keyPrefix ?? 'consentry:' };
  const stores = createArtifactStores(storeDeps);
  const grants = createGrantStore(db);
  const liveGrants = createFreshCache<Grant | null>({
    feed,
    topic: 'grant',
    maxEntries: CACHED_GRANTS,
    load: (grantId) => grants.findLive(grantId, clock.now()),
  });
  const accessTokens = createAccessTokens({
    keys: deps.accessTokenKeys,
    issuer: deps.issuer,
    revoked: createRevokedTokens({ db, feed, clock }),
    stores,
  });
  const byKind: Readonly<Record<ArtifactKind, ArtifactStore>> = Object.freeze({
    ...stores,
    AccessToken: accessTokens.store('AccessToken'),
    ClientCredentials: accessTokens.store('ClientCredentials'),
  });
  const revokeDeps = { db, feed, clock, isAllInPostgres: deps.redis === null };
  const redemptionDeps = { ...deps, ...revokeDeps };

  return Object.freeze({
    findGrant: async (grantId: string) => {
      const grant = await liveGrants.get(grantId);
      return grant !== null && grant.expiresAt > clock.now() ? grant : null;
    },
    createGrant: (input: CreateGrantInput) => createGrant({ db, clock }, input),
    revokeGrants: (tx: Database, filter: GrantFilter) => revokeGrants(revokeDeps, { tx, filter }),
    artifacts: (kind: ArtifactKind) => byKind[kind],
    markUsed: (tx: Database, name: string) =>
      createUsedCodeStore({ db: tx, clock }).markUsed(fingerprint(name)),
    consumeIn: (tx: Database, kind: ArtifactKind, id: string) =>
      createArtifactStore({ ...storeDeps, db: tx }, kind).consume(id),
    sealAccessToken: accessTokens.seal,
    beginRedemption,
    commitRedemption: (input: CommitRedemptionInput) => commitRedemption(redemptionDeps, input),
    extendRefreshToken: (presented: Presented, seconds: number) =>
      extendRefreshToken(deps, presented, seconds),
    revokeRefreshToken: (id: string) => revokeRefreshToken(revokeDeps, id),
    spoilCode: (id: string) => spoilCode({ ...revokeDeps, codes: stores.AuthorizationCode }, id),
    revocationRounds: createRevocationRounds(deps),
    purgeExpired: () => purgeExpired({ db, clock }),
  });
}
