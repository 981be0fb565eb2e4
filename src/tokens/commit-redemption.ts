import { createHash } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import { fingerprint, type Sealer, unlessKeyIsGone } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { ARTIFACT_DEFINITIONS, type ArtifactKind } from './artifact.ts';
import type { Grant } from './grant.ts';
import { createPayloadCodec } from './payload-codec.ts';
import type { IssuedRefreshToken, Presented, Redemption } from './redemption.ts';
import {
  type AnswerRow,
  createRedemptionStore,
  type IssuedRow,
  type SpentRow,
} from './redemption-store.ts';
import { revokeGrants } from './revoke-grants.ts';

export interface CommitRedemptionDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly transientSealer: Sealer;
  readonly isAllInPostgres: boolean;
  /** For how long a refresh may be repeated. */
  readonly refreshTokenGraceSeconds: number;
}

export interface CommitRedemptionInput {
  readonly redemption: Redemption;
  /** The parameters that shape the answer: a repetition has the same. */
  readonly request: readonly unknown[];
  /** JSON of the answer to the app. */
  readonly answer: string;
  /** The grant of the code or token; the other grants of its consent end when it demands that. */
  readonly grant: Grant | null;
}

/** An app that lost an answer repeats once or twice, and tabs are few. */
const MOST_REPEATS = 20;

/**
 * Writes the used-up and the issued artifacts of a token request in one commit.
 * @returns the answer to give: the same request by the same app, repeated within the grace, gets that of the first.
 * @throws AppError `already_used` (kind `conflict`) when another request was first.
 */
export async function commitRedemption(
  deps: CommitRedemptionDeps,
  input: CommitRedemptionInput,
): Promise<string> {
  const { redemption, grant, answer } = input;
  const { presented, isUsedUp, issued } = redemption;
  if (presented === null || !isUsedUp) return answer;
  const rows = {
    spent: spentRow(deps, presented),
    issued: issued === null ? null : issuedRow(deps, issued),
    answer: answerRow(deps, presented, input),
    now: deps.clock.now(),
  };
  const endsOthers = grant?.endsOthers === true && presented.kind === 'AuthorizationCode';
  const isFirst = endsOthers
    ? await deps.db.transaction(async (tx) => {
        const hasWon = await createRedemptionStore(tx).redeem(rows);
        if (hasWon) await endOtherGrants(deps, tx, grant);
        return hasWon;
      })
    : await createRedemptionStore(deps.db).redeem(rows);
  if (isFirst) return answer;
  const earlier = await repeatedAnswer(deps, presented, input);
  if (earlier === null) throw new AppError('conflict', 'already_used');
  return earlier;
}

/** Ends the artifacts that were issued under a grant before it was changed (Grant Management for OAuth 2.0 §5.2). */
async function endOtherGrants(
  deps: CommitRedemptionDeps,
  tx: Database,
  { id, consentId }: Grant,
): Promise<void> {
  if (consentId === null) return;
  await revokeGrants(deps, { tx, filter: { consentId, exceptGrantId: id } });
}

function spentRow({ isAllInPostgres }: CommitRedemptionDeps, { kind, id }: Presented): SpentRow {
  const { table, isDurable } = ARTIFACT_DEFINITIONS[kind];
  return { table: isDurable || isAllInPostgres ? table : null, fingerprint: fingerprint(id) };
}

function issuedRow(
  { transientSealer, clock }: CommitRedemptionDeps,
  { id, payload, expiresInSeconds }: IssuedRefreshToken,
): IssuedRow {
  const key = fingerprint(id);
  const codec = createPayloadCodec(ARTIFACT_DEFINITIONS.RefreshToken, transientSealer);
  return {
    fingerprint: key,
    grantId: payload.grantId ?? null,
    payload: String(codec.encode(key, payload)),
    expiresAt: inSeconds(clock.now(), expiresInSeconds),
    accountId: payload.accountId ?? null,
    clientId: payload.clientId ?? '',
    createdAt: new Date((payload.iat ?? 0) * 1000),
  };
}

/** A code works once, even when its answer is lost; only a refresh may be repeated. */
function isRepeatable({ refreshTokenGraceSeconds }: CommitRedemptionDeps, kind: ArtifactKind) {
  return kind === 'RefreshToken' && refreshTokenGraceSeconds > 0;
}

function answerRow(
  deps: CommitRedemptionDeps,
  { kind, id }: Presented,
  { request, answer }: CommitRedemptionInput,
): AnswerRow | null {
  if (!isRepeatable(deps, kind)) return null;
  return {
    request: requestHash(request),
    sealedAnswer: deps.transientSealer.seal(answer, answerContext(fingerprint(id))),
    expiresAt: inSeconds(deps.clock.now(), deps.refreshTokenGraceSeconds),
  };
}

async function repeatedAnswer(
  deps: CommitRedemptionDeps,
  { kind, id }: Presented,
  { request }: CommitRedemptionInput,
): Promise<string | null> {
  if (!isRepeatable(deps, kind)) return null;
  const key = fingerprint(id);
  const sealed = await createRedemptionStore(deps.db).repeatAnswer({
    fingerprint: key,
    request: requestHash(request),
    now: deps.clock.now(),
    mostRepeats: MOST_REPEATS,
  });
  if (sealed === null) return null;
  const opened = unlessKeyIsGone(() => deps.transientSealer.open(sealed, answerContext(key)));
  return opened?.toString('utf8') ?? null;
}

/** A refresh token that is kept is written at most so often. */
const EXTENSION_STEP_SECONDS = 86_400;
/** For life spans of less than two weeks: as a part of them. */
const LEAST_PART = 14;

/**
 * Lets a refresh token that is kept live `seconds` from now. It never ends earlier than before, and is written at most once a
 * day, so its idle time may be short by that.
 */
export async function extendRefreshToken(
  { db, clock }: Pick<CommitRedemptionDeps, 'db' | 'clock'>,
  { id, payload }: Presented,
  seconds: number,
): Promise<void> {
  const now = clock.now();
  const gained = now.getTime() / 1000 + seconds - (payload.exp ?? 0);
  if (gained < Math.min(EXTENSION_STEP_SECONDS, seconds / LEAST_PART)) return;
  await createRedemptionStore(db).extend(fingerprint(id), inSeconds(now, seconds));
}

/** The place an answer is sealed for. */
export function answerContext(key: Buffer): string {
  return `refresh_answers:sealed_answer:${key.toString('hex')}`;
}

function requestHash(request: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(request)).digest();
}

function inSeconds(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
