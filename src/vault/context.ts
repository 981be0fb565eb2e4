import type { Audit } from '../audit/index.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { BlobStore } from '../platform/blobs/blob-store.ts';
import type { ImageEncoder } from '../platform/blobs/image-encoder.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyStore, LeafKeys } from '../platform/keys/key-store.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import type { Scopes } from '../scopes/index.ts';
import type { RecentAttributes } from './attributes/recent-attribute-store.ts';
import type { KeyWrapping } from './keys/account-key.ts';
import type { UsernameChecker } from './usernames/http-username-checker.ts';

export interface VaultDeps extends KeyWrapping {
  readonly leaves: LeafKeys & Pick<KeyStore, 'destroy' | 'wipe' | 'refresh'>;
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record' | 'wasRecorded'>;
  readonly scopes: Pick<Scopes, 'claims'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly sms: Pick<MessageQueue, 'enqueue'>;
  readonly rateLimiter: Pick<RateLimiter, 'consume'>;
  /** Stores the files of pictures, sealed. */
  readonly blobs: BlobStore;
  readonly images: ImageEncoder;
  /** Other services at which usernames are looked up. */
  readonly usernameCheckers: readonly UsernameChecker[];
  /** Minimum age in years for a date of birth. Default 0: any. */
  readonly minimumAgeYears?: number;
  readonly blindIndexKey: Buffer;
  /** Cached ciphertexts, shared with `claims/`. */
  readonly recent: RecentAttributes;
}

/** The context of the use cases of the vault. */
export interface VaultContext extends VaultDeps {
  /** For identifiers only, derived from the blind index key. */
  readonly identifierKey: Buffer;
  /** For the keys of records only, derived from the blind index key. */
  readonly recordKey: Buffer;
}
