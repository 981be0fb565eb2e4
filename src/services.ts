import { type Accounts, createAccounts } from './accounts/index.ts';
import { type Audit, createAudit } from './audit/index.ts';
import {
  type Authentication,
  createAuthentication,
  createPasswordHasher,
} from './authentication/index.ts';
import { type Claims, createClaims } from './claims/index.ts';
import { type Clients, createClients } from './clients/index.ts';
import type { Config } from './config.ts';
import { type Consents, createConsents } from './consents/index.ts';
import { createDeletions, type Deletions } from './deletions/index.ts';
import { createImports, type Imports } from './imports/index.ts';
import { exportReceipts } from './consents/list-receipts.ts';
import { createLedger, type Ledger } from './ledger/index.ts';
import type { BlobStore } from './platform/blob-store.ts';
import { openMasterKeys } from './master-keys.ts';
import {
  createExports,
  createExportWords,
  type Exports,
  personalSections,
} from './exports/index.ts';
import { type ChangeFeed, openChangeFeed } from './platform/change-feed.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { createSealer, deriveKey, type Sealer } from './platform/encryption.ts';
import { createImageEncoder } from './platform/image-encoder.ts';
import { createJobs, type Jobs } from './platform/jobs.ts';
import type { Keyring } from './platform/keyring.ts';
import { createKeyedTokens } from './platform/keyed-token.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { createMailer, type Mailer } from './platform/mailer.ts';
import { openBlobStore } from './platform/open-blob-store.ts';
import { openPostgres, type Postgres } from './platform/postgres.ts';
import {
  createRateLimiter,
  type RateLimiter,
  type RateLimitRule,
} from './platform/rate-limiter.ts';
import { openRedis, type Redis } from './platform/redis.ts';
import { createSigner, type Signer } from './platform/signer.ts';
import { createSms, type Sms } from './platform/sms.ts';
import { openTransientKeys, type TransientKeys } from './platform/transient-keys.ts';
import { createScopes, type Scopes } from './scopes/index.ts';
import { createSessions, type Sessions } from './sessions/index.ts';
import { createTokens, type Tokens } from './tokens/index.ts';
import { createReleasableAttributes } from './vault/attribute-store.ts';
import {
  createHttpUsernameChecker,
  createVault,
  loadClaimNames,
  type Vault,
} from './vault/index.ts';

/** Connections and other things without product words. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly db: Postgres;
  readonly redis: Redis | null;
  readonly feed: ChangeFeed;
  readonly keyring: Keyring;
  /** Over the keyring: for what lives long. */
  readonly masterSealer: Sealer;
  readonly transientKeys: TransientKeys;
  /** Over the transient keys: for what lives for hours, and cannot be read in an old copy of the database. */
  readonly sealer: Sealer;
  readonly rateLimiter: RateLimiter;
  readonly jobs: Jobs;
  readonly blobs: BlobStore;
  readonly signer: Signer;
  readonly mailer: Mailer;
  readonly sms: Sms;
}

/** Every slice, connected, left to right. */
export interface Services {
  readonly audit: Audit;
  readonly scopes: Scopes;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly authentication: Authentication;
  readonly imports: Imports;
  readonly clients: Clients;
  readonly ledger: Ledger;
  readonly consents: Consents;
  readonly claims: Claims;
  readonly exports: Exports;
  readonly deletions: Deletions;
}

export interface Connected extends Platform, Services {
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Tests set it. */
  readonly clock?: Clock;
}

/** Opens the connections and connects the slices. Nothing listens yet: commands and the server both begin here. */
export async function connect(config: Config, options: ConnectOptions = {}): Promise<Connected> {
  const platform = await openPlatform(config, options.clock ?? systemClock);
  return Object.freeze({
    ...platform,
    ...createServices(platform),
    close: async () => {
      await platform.jobs.close();
      await platform.feed.close();
      platform.redis?.disconnect();
      await platform.db.close();
      platform.keyring.close();
    },
  });
}

async function openPlatform(config: Config, clock: Clock): Promise<Platform> {
  const applicationName = 'consentry';
  const { databaseUrl: url, databasePoolSize: poolSize } = config;
  const log = createLogger({ level: config.logLevel });
  // First: without keys nothing else is opened.
  const keyring = await openMasterKeys(config, log);
  const db = openPostgres({ url, poolSize, applicationName });
  const redis = config.redisUrl === null ? null : openRedis({ url: config.redisUrl });
  const feed = await openChangeFeed({ url, applicationName });
  const masterSealer = createSealer(keyring);
  const transientKeys = await openTransientKeys({ db, feed, clock, keyring, masterSealer });
  const sealer = createSealer(transientKeys);
  const jobs = createJobs(db);
  return {
    config,
    clock,
    log,
    db,
    redis,
    keyring,
    masterSealer,
    transientKeys,
    sealer,
    feed,
    rateLimiter: rateLimiterOf(config, db, redis),
    jobs,
    blobs: await openBlobStore(db, config.s3),
    signer: createSigner({ db, feed, sealer: masterSealer, clock }),
    mailer: createMailer({ jobs, clock, sealer }),
    sms: createSms({ jobs, clock, sealer, isOn: config.sms.isOn }),
  };
}

function rateLimiterOf({ rateLimits }: Config, db: Postgres, redis: Redis | null): RateLimiter {
  if (!rateLimits.isOn) return UNLIMITED;
  const limiter = createRateLimiter({ postgres: db, ...(redis === null ? {} : { redis }) });
  return Object.freeze({
    consume: (rule: RateLimitRule) =>
      limiter.consume({ ...rule, points: Math.ceil(rule.points * rateLimits.multiplier) }),
    reset: limiter.reset,
  });
}

/** For tests and benchmarks; production refuses to start with limits off. */
const UNLIMITED: RateLimiter = Object.freeze({
  consume: () => Promise.resolve(),
  reset: () => Promise.resolve(),
});

function createServices(platform: Platform): Services {
  const { config, clock, db, feed, redis, sealer, masterSealer } = platform;
  const { signer, rateLimiter, mailer, sms } = platform;
  const base = { db, feed, clock };
  const sealed = { ...base, masterSealer, blindIndexKey: config.secrets.blindIndexKey };
  const indexKey = deriveKey(config.secrets.blindIndexKey, 'user-codes');

  const audit = createAudit(base);
  const scopes = createScopes({ ...base, audit, claimNames: () => loadClaimNames(db) });
  const tokens = createTokens({
    ...base,
    redis,
    sealer,
    indexKey,
    refreshTokenGraceSeconds: config.refreshTokenGraceSeconds,
  });
  const { sessionLimit } = config;
  const sessions = createSessions({
    ...base,
    redis,
    sealer: masterSealer,
    audit,
    tokens,
    sessionLimit,
  });
  const accounts = createAccounts({ ...base, audit, tokens, sessions });
  const { blobs } = platform;
  const images = createImageEncoder();
  const usernameCheckers = config.usernameServices.map((service) =>
    createHttpUsernameChecker({ ...service, clock }),
  );
  const { minimumAgeYears } = config;
  const vault = createVault({
    ...sealed,
    audit,
    mailer,
    sms,
    usernameCheckers,
    blobs,
    images,
    minimumAgeYears,
  });
  const authentication = createAuthentication({
    ...sealed,
    masterSealer: sealer,
    audit,
    accounts,
    vault,
    mailer,
    sms,
    rateLimiter,
    hasher: createPasswordHasher(),
    provedControlWins: config.provedControlWins,
    retentionSeconds: config.deletionRetentionDays * 86_400,
  });
  const imports = createImports({ ...sealed, audit, accounts, vault, authentication });
  const clients = createClients({ ...base, audit, scopes, tokens });
  const ledger = createLedger({ ...base, signer });
  const receipts = {
    issuer: config.issuer,
    jurisdiction: config.jurisdiction,
    pseudonymKey: deriveKey(Buffer.from(config.secrets.pairwiseSalt), 'receipts'),
  };
  const consents = createConsents({
    ...base,
    audit,
    scopes,
    tokens,
    accounts,
    vault,
    clients,
    ledger,
    receipts,
    mailer,
    jobs: platform.jobs,
    unusedAfterDays: config.unusedConsentDays,
  });
  const attributes = createReleasableAttributes({ db, feed, masterSealer });
  const pictureTokens = createKeyedTokens(config.secrets.blindIndexKey, 'picture addresses');
  const claims = createClaims({
    ...base,
    pictures: { issuer: config.issuer, tokens: pictureTokens, accounts },
    scopes,
    tokens,
    vault,
    attributes,
    clients,
    ledger,
    consents,
  });
  const words = createExportWords();
  const exports = createExports({
    ...base,
    audit,
    accounts,
    vault,
    mailer,
    jobs: platform.jobs,
    issuer: config.issuer,
    words,
    sections: personalSections({
      accounts,
      vault,
      sessions,
      clients,
      consents,
      ledger,
      audit,
      words,
      exportReceipts: (accountId) =>
        exportReceipts({ ...base, signer, issuer: config.issuer }, accountId),
    }),
  });
  const deletions = createDeletions({
    ...base,
    accounts,
    vault,
    clients,
    ledger,
    consents,
    mailer,
    jobs: platform.jobs,
    signer,
    issuer: config.issuer,
    retentionDays: config.deletionRetentionDays,
  });
  return Object.freeze({
    audit,
    scopes,
    tokens,
    sessions,
    accounts,
    vault,
    authentication,
    imports,
    clients,
    ledger,
    consents,
    claims,
    exports,
    deletions,
  });
}
