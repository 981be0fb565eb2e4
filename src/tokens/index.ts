import { fingerprint } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { SqlStatement } from '../platform/postgres/sql.ts';
import { createAccessTokens, type ReloadableKeys } from './access-tokens.ts';
import type { ArtifactKind, ArtifactStore } from './artifact.ts';
import { createArtifactStore, createArtifactStores } from './artifact-stores.ts';
import {
  commitRedemption,
  type CommitRedemptionInput,
  extendRefreshToken,
} from './commit-redemption.ts';
import type { TokensContext } from './context.ts';
import { createGrant, type CreateGrantInput } from './create-grant.ts';
import { revokeRefreshToken, revokeCode } from './end-presented.ts';
import type { GrantFilter } from './grant.ts';
import { createLiveGrants } from './live-grants.ts';
import { purgeExpired } from './purge-expired.ts';
import { beginRedemption, type Presented } from './redemption.ts';
import { createRevokedTokens } from './revoked-tokens.ts';
import { createRevocationRounds } from './revocation-rounds.ts';
import { revokeGrants, sessionGrantsRevocation } from './revoke-grants.ts';
import { createUsedCodeStore } from './used-code-store.ts';

export { type AccessTokenContent, unknownMembers } from './access-token-layout.ts';
export {
  ACCESS_TOKEN_PREFIXES,
  type AccessTokenKind,
  type ReloadableKeys,
} from './access-tokens.ts';
export {
  ARTIFACT_DEFINITIONS,
  type ArtifactKind,
  type ArtifactPayload,
  type ArtifactStore,
} from './artifact.ts';
export { answerContext } from './commit-redemption.ts';
export type { CreateGrantInput } from './create-grant.ts';
export type { Grant, GrantFilter } from './grant.ts';
export { sealedPayloadContext } from './payload-codec.ts';
export type { Redemption } from './redemption.ts';
export {
  PROBE_TOPIC,
  REVOCATION_BOUND_SECONDS,
  type RoundResult,
  tokenContext,
} from './revocation-rounds.ts';

interface TokensDeps extends Omit<TokensContext, 'keyPrefix'> {
  /** A key for access tokens is derived from each key. Each key is kept longer than its tokens live. */
  readonly accessTokenKeys: ReloadableKeys;
  /** The issuer of this server; tokens of another issuer cannot be opened. */
  readonly issuer: string;
  /** Default `consentry:`. */
  readonly keyPrefix?: string;
}

/** The artifacts of the provider, and grants. */
export function createTokens(deps: TokensDeps) {
  const { clock } = deps;
  const ctx: TokensContext = { ...deps, keyPrefix: deps.keyPrefix ?? 'consentry:' };
  const stores = createArtifactStores(ctx);
  const liveGrants = createLiveGrants(ctx);
  const accessTokens = createAccessTokens({
    keys: deps.accessTokenKeys,
    issuer: deps.issuer,
    revoked: createRevokedTokens(ctx),
    stores,
  });
  const byKind: Readonly<Record<ArtifactKind, ArtifactStore>> = {
    ...stores,
    AccessToken: accessTokens.store('AccessToken'),
    ClientCredentials: accessTokens.store('ClientCredentials'),
  };

  return {
    /** See {@link createLiveGrants}. */
    findGrant: liveGrants.find,

    /** See {@link createGrant}. */
    createGrant: (tx: Database, input: CreateGrantInput) => createGrant(ctx, tx, input),

    /** See {@link createLiveGrants}. */
    createGrantWhere: liveGrants.createWhere,

    /** See {@link revokeGrants}. */
    revokeGrants: (tx: Database, filter: GrantFilter) => revokeGrants(ctx, tx, filter),

    /** See {@link sessionGrantsRevocation}. */
    sessionGrantsRevocation: (ended: SqlStatement, exceptClientIds: readonly string[]) =>
      sessionGrantsRevocation(ctx, ended, exceptClientIds),

    /** The store of one kind; the same object at every call. */
    artifacts: (kind: ArtifactKind) => byKind[kind],

    /** Records that `name` was used, with another change. Of any number of callers on any number of nodes one commits. */
    singleUse: (name: string) => ({
      /** @throws AppError `already_used` (kind `conflict`) when another caller recorded it. */
      record: (tx: Database): Promise<void> =>
        createUsedCodeStore({ db: tx, clock }).markUsed(fingerprint(name)),
      /** An insert for another statement: it returns a row when this is the first use and `condition` holds. */
      insertion: (condition: SqlStatement): SqlStatement =>
        createUsedCodeStore(ctx).insertion(fingerprint(name), condition),
      /** A condition for another statement: there was no use before it. */
      isUnused: (): SqlStatement => createUsedCodeStore(ctx).isUnused(fingerprint(name)),
      wasRecorded: async (db: Database): Promise<boolean> =>
        (await createUsedCodeStore({ db, clock }).findUse(fingerprint(name))) !== null,
    }),

    /** Was a code that is kept in Redis used by this time? */
    wasUsedBy: async (id: string, time: Date): Promise<boolean> => {
      const usedAt = await createUsedCodeStore(ctx).findUse(fingerprint(id));
      return usedAt !== null && usedAt <= time;
    },

    /** Uses up an artifact in `tx`, as its store does. @throws AppError `already_used`. */
    consumeIn: (tx: Database, kind: ArtifactKind, id: string): Promise<void> =>
      createArtifactStore({ ...ctx, db: tx }, kind).consume(id),

    /** Seals the content of an opaque access token, see {@link createAccessTokens}. */
    sealAccessToken: accessTokens.seal,

    /** Revokes an access token that was found, see {@link createAccessTokens}. */
    revokeAccessToken: accessTokens.revoke,

    /** See {@link beginRedemption}. */
    beginRedemption,

    /** See {@link commitRedemption}. @throws AppError `already_used`. */
    commitRedemption: (input: CommitRedemptionInput) => commitRedemption(ctx, input),

    /** See {@link extendRefreshToken}. */
    extendRefreshToken: (presented: Presented, seconds: number) =>
      extendRefreshToken(ctx, presented, seconds),

    /** See {@link revokeRefreshToken}. */
    revokeRefreshToken: (id: string) => revokeRefreshToken(ctx, id),

    /** See {@link revokeCode}. */
    revokeCode: (id: string) => revokeCode(ctx, stores.AuthorizationCode, id),

    /** The live measurement of the time that a withdrawal takes. */
    revocationRounds: createRevocationRounds(ctx),

    /** See {@link purgeExpired}: safe to call on every node at once. */
    purgeExpired: () => purgeExpired(ctx),
  };
}

export type Tokens = ReturnType<typeof createTokens>;
