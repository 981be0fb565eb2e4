import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import type { Vault } from '../vault/index.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';
import type { StandInHash } from './passwords/decoy-hash.ts';

export interface AuthenticationDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly audit: Pick<Audit, 'record' | 'recordAlone'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly sms: MessageQueue;
  readonly rateLimiter: RateLimiter;
  readonly hasher: PasswordHasher;
  /** Over the master keys of the configuration. */
  readonly transientSealer: Sealer;
  /** The configured blind index key; keys for codes and counters are derived from it. */
  readonly blindIndexKey: Buffer;
  /** A person who proves an address takes it from another account that had proven it before. */
  readonly transferProvenAddresses: boolean;
  /** How long an account that lost its last identifier that way can be restored. */
  readonly retentionSeconds: number;
}

/** The dependencies of the use cases of authentication. */
export interface AuthenticationParts extends AuthenticationDeps {
  readonly codeKey: Buffer;
  readonly failureKey: Buffer;
  readonly decoyHash: StandInHash;
}
