import type { ChangeFeed } from '../platform/change-feed.ts';
import type { TokenStorage } from './storage.ts';

/** The dependencies of the use cases of this slice. */
export interface TokensContext extends TokenStorage {
  readonly feed: ChangeFeed;
  /**
   * Grace period of a used refresh token in seconds, at most 10. Within it a repeated request gets the same answer,
   * because two tabs may refresh at the same time. Later the token ends its grant (RFC 9700 §4.14.2).
   */
  readonly refreshTokenGraceSeconds: number;
}
