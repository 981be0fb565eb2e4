import { createHash } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { fingerprint, unlessKeyIsGone } from '../platform/keys/encryption.ts';
import { ARTIFACT_DEFINITIONS, type ArtifactKind } from './artifact.ts';
import type { TokensContext } from './context.ts';
import type { Grant } from './grant.ts';
import { createPayloadCodec } from './payload-codec.ts';
import type { IssuedRefreshToken, Presented, Redemption } from './redemption.ts';
import {
  type AnswerRow,
  createRedemptionStore,
  type IssuedRow,
  type UsedRow,
} from './redemption-store.ts';
import { revokeGrants } from './revoke-grants.ts';
import { inSeconds } from './storage.ts';

export interface CommitRedemptionInput {
  readonly redemption: Redemption;
  /** The parameters on which the answer depends; a repeated request has the same. */
  readonly request: readonly unknown[];
  /** JSON of the answer to the app. */
  readonly answer: string;
  /** The grant of the code or token; the other grants of its consent end when it demands that. */
  readonly grant: Grant | null;
}

/** Sufficient for an app that repeats a request once or twice in several tabs. */
const MOST_REPEATS = 20;

/**
 * Writes the used-up and the issued artifacts of a token request in one commit.
 * @returns the answer; a request that the same app repeats within the grace period gets the answer of the first.
 * @throws AppError `already_used` (kind `conflict`) when another request was first, or the grant was revoked meanwhile.
 */
export async function commitRedemption(
  ctx: TokensContext,
  input: CommitRedemptionInput,
): Promise<string> {
  const { redemption, grant, answer } = input;
  const { presented, isUsedUp, issued } = redemption;
  if (presented === null || !isUsedUp) return answer;
  const rows = {
    used: usedRow(ctx, presented),
    grantId: presented.payload.grantId ?? '',
    issued: issued === null ? null : issuedRow(ctx, issued),
    answer: answerRow(ctx, presented, input),
    now: ctx.clock.now(),
  };
  const endsOthers = grant?.endsOthers === true && presented.kind === 'AuthorizationCode';
  const isFirst = endsOthers
    ? await ctx.db.transaction(async (tx) => {
        const hasWon = await createRedemptionStore(tx).redeem(rows);
        // Artifacts issued before the grant was changed end (Grant Management for OAuth 2.0 §5.2).
        if (hasWon && grant.consentId !== null)
          await revokeGrants(ctx, tx, { consentId: grant.consentId, exceptGrantId: grant.id });
        return hasWon;
      })
    : await createRedemptionStore(ctx.db).redeem(rows);
  if (isFirst) return answer;
  const earlier = await repeatedAnswer(ctx, presented, input);
  if (earlier === null) throw new AppError('conflict', 'already_used');
  return earlier;
}

function usedRow({ redis }: TokensContext, { kind, id }: Presented): UsedRow {
  const { table, isDurable } = ARTIFACT_DEFINITIONS[kind];
  return { table: isDurable || redis === null ? table : null, fingerprint: fingerprint(id) };
}

function issuedRow(
  ctx: TokensContext,
  { id, payload, expiresInSeconds }: IssuedRefreshToken,
): IssuedRow {
  const key = fingerprint(id);
  const codec = createPayloadCodec(ARTIFACT_DEFINITIONS.RefreshToken, ctx.transientSealer);
  return {
    fingerprint: key,
    grantId: payload.grantId ?? null,
    payload: String(codec.encode(key, payload)),
    expiresAt: inSeconds(ctx, expiresInSeconds),
    accountId: payload.accountId ?? null,
    clientId: payload.clientId ?? '',
    createdAt: new Date((payload.iat ?? 0) * 1000),
  };
}

/** A code can be used only once, even if its answer was lost; only a refresh may be repeated. */
function isRepeatable({ refreshTokenGraceSeconds }: TokensContext, kind: ArtifactKind) {
  return kind === 'RefreshToken' && refreshTokenGraceSeconds > 0;
}

function answerRow(
  ctx: TokensContext,
  { kind, id }: Presented,
  { request, answer }: CommitRedemptionInput,
): AnswerRow | null {
  if (!isRepeatable(ctx, kind)) return null;
  return {
    request: requestHash(request),
    sealedAnswer: ctx.transientSealer.seal(answer, answerContext(fingerprint(id))),
    expiresAt: inSeconds(ctx, ctx.refreshTokenGraceSeconds),
  };
}

async function repeatedAnswer(
  ctx: TokensContext,
  { kind, id, payload }: Presented,
  { request }: CommitRedemptionInput,
): Promise<string | null> {
  if (!isRepeatable(ctx, kind)) return null;
  const key = fingerprint(id);
  const sealed = await createRedemptionStore(ctx.db).repeatAnswer({
    fingerprint: key,
    grantId: payload.grantId ?? '',
    request: requestHash(request),
    now: ctx.clock.now(),
    mostRepeats: MOST_REPEATS,
  });
  if (sealed === null) return null;
  const opened = unlessKeyIsGone(() => ctx.transientSealer.open(sealed, answerContext(key)));
  return opened?.toString('utf8') ?? null;
}

/** Minimum time between two extensions of a refresh token that is not rotated. */
const EXTENSION_STEP_SECONDS = 86_400;
/** The same as a part of the lifetime, for lifetimes of less than two weeks. */
const LEAST_PART = 14;

/**
 * Extends a refresh token that is not rotated to `seconds` from now, never to an earlier end. It is written at most
 * once a day, so the idle time can be shorter by that.
 */
export async function extendRefreshToken(
  ctx: Pick<TokensContext, 'db' | 'clock'>,
  { id, payload }: Presented,
  seconds: number,
): Promise<void> {
  const expiresAt = inSeconds(ctx, seconds);
  const gained = expiresAt.getTime() / 1000 - (payload.exp ?? 0);
  if (gained < Math.min(EXTENSION_STEP_SECONDS, seconds / LEAST_PART)) return;
  await createRedemptionStore(ctx.db).extend(fingerprint(id), expiresAt);
}

/** The context for which an answer is sealed. */
export function answerContext(key: Buffer): string {
  return `refresh_answers:sealed_answer:${key.toString('hex')}`;
}

function requestHash(request: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(request)).digest();
}
