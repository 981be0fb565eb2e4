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
import { createLedger, type Ledger } from './ledger/index.ts';
import { type ChangeFeed, openChangeFeed } from './platform/change-feed.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { createSealer, deriveKey, type Sealer } from './platform/encryption.ts';
import { createJobs, type Jobs } from './platform/jobs.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { createMailer, type Mailer } from './platform/mailer.ts';
import { openPostgres, type Postgres } from './platform/postgres.ts';
import {
  createRateLimiter,
  type RateLimiter,
  type RateLimitRule,
} from './platform/rate-limiter.ts';
import { openRedis, type Redis } from './platform/redis.ts';
import { createSigner, type Signer } from './platform/signer.ts';
import { createScopes, type Scopes } from './scopes/index.ts';
import { createSessions, type Sessions } from './sessions/index.ts';
import { createTokens, type Tokens } from './tokens/index.ts';
import { createReleasableAttributes } from './vault/attribute-store.ts';
import { createVault, loadClaimNames, type Vault } from './vault/index.ts';

/** Connections and other things without product words. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly db: Postgres;
  readonly redis: Redis | null;
  readonly feed: ChangeFeed;
  readonly sealer: Sealer;
  readonly rateLimiter: RateLimiter;
  readonly jobs: Jobs;
  readonly signer: Signer;
  readonly mailer: Mailer;
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
  readonly clients: Clients;
  readonly ledger: Ledger;
  readonly consents: Consents;
  readonly claims: Claims;
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
    },
  });
}

async function openPlatform(config: Config, clock: Clock): Promise<Platform> {
  const applicationName = 'consentry';
  const { databaseUrl: url, databasePoolSize: poolSize } = config;
  const db = openPostgres({ url, poolSize, applicationName });
  const redis = config.redisUrl === null ? null : openRedis({ url: config.redisUrl });
  const feed = await openChangeFeed({ url, applicationName });
  const sealer = createSealer(config.secrets.masterKeys);
  const jobs = createJobs(db);
  return {
    config,
    clock,
    log: createLogger({ level: config.logLevel }),
    db,
    redis,
    sealer,
    feed,
    rateLimiter: rateLimiterOf(config, db, redis),
    jobs,
    signer: createSigner({ db, feed, sealer, clock }),
    mailer: createMailer({ jobs, clock, sealer }),
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
  const { config, clock, db, feed, redis, sealer, signer, rateLimiter, mailer } = platform;
  const base = { db, feed, clock };
  const sealed = { ...base, masterSealer: sealer, blindIndexKey: config.secrets.blindIndexKey };
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
  const sessions = createSessions({ ...base, redis, sealer, audit, tokens, sessionLimit });
  const accounts = createAccounts({ ...base, audit, tokens, sessions });
  const vault = createVault({ ...sealed, audit, mailer });
  const authentication = createAuthentication({
    ...sealed,
    audit,
    accounts,
    vault,
    mailer,
    rateLimiter,
    hasher: createPasswordHasher(),
  });
  const clients = createClients({ ...base, audit, scopes, tokens });
  const ledger = createLedger({ ...base, signer });
  const receipts = {
    issuer: config.issuer,
    jurisdiction: config.jurisdiction,
    pseudonymKey: deriveKey(Buffer.from(config.secrets.pairwiseSalt), 'receipts'),
  };
  const consents = createConsents({ ...base, audit, scopes, tokens, vault, clients, receipts });
  const attributes = createReleasableAttributes({ db, feed, masterSealer: sealer });
  const claims = createClaims({
    ...base,
    scopes,
    tokens,
    vault,
    attributes,
    clients,
    ledger,
    consents,
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
    clients,
    ledger,
    consents,
    claims,
    deletions,
  });
}
