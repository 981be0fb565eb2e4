import type { SecretHeader, UsernameService } from './config-sms-settings.ts';
import type { MasterKey } from '../platform/keys/keyring.ts';
import type { S3Options } from '../platform/blobs/s3-blob-store.ts';

/** Everything that can be set from outside, read once at the start. Durations are seconds. */
export interface Config {
  readonly mode: 'development' | 'production' | 'test';
  /** The public origin, without a slash at the end. */
  readonly issuer: string;
  /** The law that holds here, as consent receipts name it. */
  readonly jurisdiction: string;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** Where the keys are that a dump of the main database must not hold. */
  readonly keyStoreUrl: string;
  /** The same database past a pooler that `databaseUrl` leads to; null: there is none. */
  readonly databaseDirectUrl: string | null;
  readonly databasePoolSize: number;
  readonly databaseWaitSeconds: number;
  /** Null: everything is kept in Postgres. */
  readonly redisUrl: string | null;
  /** A bucket for files; null: they are kept in Postgres. */
  readonly s3: S3Options | null;
  readonly secrets: {
    /** The first seals, all open. */
    readonly masterKeys: readonly MasterKey[];
    readonly blindIndexKey: Buffer;
    readonly cookieKeys: readonly string[];
    readonly pairwiseSalt: string;
  };
  /** The key service that opens wrapped master keys; null: none is wrapped. */
  readonly keyService: KeyServiceConfig | null;
  readonly mail: {
    /** Null: mails go to the outbox page and the log. */
    readonly smtpUrl: string | null;
    readonly from: string;
  };
  readonly sms: {
    /** Null: text messages go to the outbox page and the log, or nowhere in production. */
    readonly url: string | null;
    readonly secretHeader: SecretHeader | null;
    readonly from: string;
    readonly body: string;
    readonly isOn: boolean;
  };
  /** Other services whose usernames are checked too. */
  readonly usernameServices: readonly UsernameService[];
  /** A person who proves an address takes it from another account. */
  readonly transferProvenAddresses: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Addresses and networks whose forwarding headers are used. */
  readonly trustedProxies: readonly string[];
  readonly lifetimes: {
    readonly accessToken: number;
    readonly idToken: number;
    readonly refreshToken: number;
    readonly refreshTokenAbsolute: number;
    readonly authorizationCode: number;
    readonly interaction: number;
    readonly grant: number;
    readonly session: number;
    readonly sessionIdle: number;
  };
  readonly refreshTokenGraceSeconds: number;
  /** A consent of which nothing was read for so many days is paused; 0: never. */
  readonly unusedConsentDays: number;
  readonly sessionLimit: number;
  /** The least age that a date of birth may give, in years; 0: any. */
  readonly minimumAgeYears: number;
  /** How long a deleted account can be restored. */
  readonly deletionRetentionDays: number;
  /** False: `consentry jobs` runs the background jobs in a process of its own. */
  readonly runsJobs: boolean;
  /** Whether successful requests are logged at level info, too. */
  readonly hasAccessLog: boolean;
  /** How long a server that stops goes on serving, so that a proxy sends requests elsewhere first. */
  readonly drainSeconds: number;
  /** Requests that this node answers at a time; further ones are refused with 503. */
  readonly mostRequestsInFlight: number;
  /** Days until a signing key gets a successor; 0: only by command. */
  readonly signingKeyDays: number;
  readonly measuresRevocation: boolean;
  /** Contents of `/.well-known/security.txt`; without a contact it does not exist. */
  readonly securityTxt: { readonly contact: string | null; readonly policy: string | null };
  readonly metrics: { readonly isServed: boolean; readonly token: string | null };
  readonly rateLimits: { readonly isOn: boolean; readonly multiplier: number };
  readonly pages: { readonly hasApiDocs: boolean; readonly hasOutbox: boolean };
}

export interface KeyServiceConfig {
  readonly keyId: string;
  readonly region: string;
  readonly endpoint: string | null;
  readonly trustSeconds: number;
}

/**
 * A configuration before its databases are set. A `databaseUrl` of null stands for the embedded one; a `keyStoreUrl` of null, outside
 * production, for a database beside that, or for the main database itself.
 */
export type PartialConfig = Omit<Config, 'databaseUrl' | 'keyStoreUrl'> & {
  readonly databaseUrl: string | null;
  readonly keyStoreUrl: string | null;
};

/** The configuration with a database, and a key store in it when none is named. */
export function withDatabase(config: PartialConfig, databaseUrl: string): Config {
  return {
    ...config,
    databaseUrl,
    keyStoreUrl: config.keyStoreUrl ?? config.databaseDirectUrl ?? databaseUrl,
  };
}
