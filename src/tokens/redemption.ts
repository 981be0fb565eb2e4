import { currentRequest } from '../platform/request-context.ts';
import type { ArtifactKind, ArtifactPayload, ArtifactStore } from './artifact.ts';
import type { TokensContext } from './context.ts';

/** A code or token that a request presents to get tokens. */
export interface Presented {
  readonly kind: ArtifactKind;
  /** The bearer value. */
  readonly id: string;
  readonly payload: ArtifactPayload;
}

/** A refresh token in the answer. */
export interface IssuedRefreshToken {
  readonly id: string;
  readonly payload: ArtifactPayload;
  readonly expiresInSeconds: number;
}

/**
 * The artifacts that one token request uses up and issues. The library first uses up a code or refresh token and later
 * stores the successor. Both are only collected here, and written in one commit when the answer is complete. So a
 * request that fails before uses nothing up.
 */
export interface Redemption {
  presented: Presented | null;
  isUsedUp: boolean;
  issued: IssuedRefreshToken | null;
  /** Whether a code was used before is found out only by the commit. For requests whose answer holds no value of the person. */
  readonly isUseFoundAtCommit: boolean;
}

const MEMO = 'redemption';

/**
 * From now on the stores collect the artifacts that this request uses up and issues.
 * @throws Error outside of a request.
 */
export function beginRedemption({
  isUseFoundAtCommit = false,
}: Partial<Pick<Redemption, 'isUseFoundAtCommit'>> = {}): Redemption {
  const request = currentRequest();
  if (request === undefined) throw new Error('a redemption is part of a request');
  const state = { presented: null, isUsedUp: false, issued: null };
  const redemption: Redemption = { ...state, isUseFoundAtCommit };
  request.memo.set(MEMO, redemption);
  return redemption;
}

/** The redemption of this request, if there is one. */
export function currentRedemption(): Redemption | undefined {
  return currentRequest()?.memo.get(MEMO) as Redemption | undefined;
}

/**
 * The store of a kind. During a redemption, uses and successors wait for its commit, and a refresh token that was used
 * within the grace period appears unused; the commit decides whether the request is a repetition.
 */
export function joinRedemption(
  { clock, refreshTokenGraceSeconds }: TokensContext,
  kind: ArtifactKind,
  store: ArtifactStore,
): ArtifactStore {
  const graceSeconds = kind === 'RefreshToken' ? refreshTokenGraceSeconds : 0;
  const isWithinGrace = (usedAt: number) => clock.now().getTime() / 1000 - usedAt < graceSeconds;
  return {
    ...store,
    find: async (id: string) => {
      const payload = await store.find(id);
      const redemption = currentRedemption();
      if (redemption === undefined || payload === undefined) return payload;
      redemption.presented = { kind, id, payload };
      const { consumed: usedAt, ...unused } = payload;
      return usedAt !== undefined && isWithinGrace(usedAt) ? unused : payload;
    },
    consume: async (id: string) => {
      const redemption = currentRedemption();
      if (redemption?.presented?.id !== id) return store.consume(id);
      redemption.isUsedUp = true;
    },
    upsert: async (id: string, payload: ArtifactPayload, expiresInSeconds?: number) => {
      const redemption = currentRedemption();
      const isSuccessor = redemption?.isUsedUp === true && kind === 'RefreshToken';
      if (!isSuccessor || expiresInSeconds === undefined) {
        return store.upsert(id, payload, expiresInSeconds);
      }
      redemption.issued = { id, payload, expiresInSeconds };
    },
  };
}
