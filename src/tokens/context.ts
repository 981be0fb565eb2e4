import type { ChangeFeed } from '../platform/change-feed.ts';
import type { TokenStorage } from './storage.ts';

/** The dependencies of the use cases of this slice. */
export interface TokensContext extends TokenStorage {
  readonly feed: ChangeFeed;
  /**
   * A refresh token that was used less than this ago is refused without ending its grant: two tabs that refresh at the same
   * moment are no theft. Used longer ago, it ends the grant (RFC 9700 §4.14.2). At most 10.
   */
  readonly refreshTokenGraceSeconds: number;
}
