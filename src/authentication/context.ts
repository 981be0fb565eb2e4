import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { Clock } from '../platform/clock.ts';
import { deriveKey, type Sealer } from '../platform/keys/encryption.ts';
import type { Places } from '../platform/places/places.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import type { Vault } from '../vault/index.ts';
import { createDecoyHash, type DecoyHash } from './passwords/decoy-hash.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';
import type { RelyingParty } from './passkeys/relying-party.ts';
import type { PasswordPolicyContext } from './passwords/password-policy.ts';

export interface AuthenticationDeps extends PasswordPolicyContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly audit: Pick<Audit, 'record' | 'recordUnlessCommitted' | 'insertion'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly sms: MessageQueue;
  readonly rateLimiter: RateLimiter;
  /** Wrong passwords a minute from unknown browsers that are allowed over all accounts. */
  readonly failedSignIns: { readonly perNetwork: number; readonly overall: number };
  /** Called when one of them is exceeded, by one node and about once a minute. `network` is null when it is the overall one. */
  readonly onSignInsPaused: (pause: { readonly network: string | null }) => void;
  readonly places: Places;
  readonly hasher: PasswordHasher;
  /** Uses the transient keys, which are rotated daily. */
  readonly transientSealer: Sealer;
  /** The configured blind index key; keys for codes and counters are derived from it. */
  readonly blindIndexKey: Buffer;
  /** A person who proves an address takes it from another account that had proven it before. */
  readonly transferProvenAddresses: boolean;
  /** The time in which an account that lost its last identifier in this way can be restored. */
  readonly retentionSeconds: number;
  /** The site to which passkeys are bound. */
  readonly relyingParty: RelyingParty;
}

/** The dependencies of the use cases of authentication. */
export interface AuthenticationContext extends AuthenticationDeps {
  readonly codeKey: Buffer;
  readonly failureKey: Buffer;
  readonly recoveryCodeKey: Buffer;
  readonly decoyHash: DecoyHash;
}

/** Derives the keys of authentication. The purposes are parts of stored values, so they never change. */
export function createContext(deps: AuthenticationDeps): AuthenticationContext {
  const key = (purpose: string): Buffer => deriveKey(deps.blindIndexKey, purpose);
  return {
    ...deps,
    codeKey: key('one-time codes'),
    failureKey: key('sign-in failures'),
    recoveryCodeKey: key('recovery codes'),
    decoyHash: createDecoyHash({ ...deps, key: key('stand-in hashes') }),
  };
}
