import type { Audit } from '../audit/index.ts';
import type { BlobStore } from '../platform/blobs/blob-store.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { ImageEncoder } from '../platform/blobs/image-encoder.ts';
import type { LeafKeys } from '../platform/keys/key-store.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import type { KeyWrapping } from './keys/account-key.ts';
import type { ClaimCatalogueReader } from './claim-catalogue/claim-catalogue.ts';
import type { LeafDestroyer } from './keys/destroy-due-leaves.ts';
import type { UsernameChecker } from './usernames/check-username.ts';

export interface VaultDeps extends KeyWrapping {
  /** The key store. */
  readonly leaves: LeafKeys & LeafDestroyer;
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record' | 'wasRecorded'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly sms: Pick<MessageQueue, 'enqueue'>;
  readonly rateLimiter: Pick<RateLimiter, 'consume'>;
  /** Where files of pictures are kept, sealed. */
  readonly blobs: BlobStore;
  readonly images: ImageEncoder;
  /** Other services to look usernames up at. */
  readonly usernameCheckers: readonly UsernameChecker[];
  /** The least age in years that a date of birth may give; 0 or absent: any. */
  readonly minimumAgeYears?: number;
  /** The configured blind index key. */
  readonly blindIndexKey: Buffer;
}

/** The dependencies of the use cases of the vault. */
export interface VaultContext extends VaultDeps {
  /** For identifiers only, derived from the blind index key. */
  readonly identifierKey: Buffer;
  readonly catalogue: ClaimCatalogueReader;
}
