import { type Accounts, createAccounts } from './accounts/index.ts';
import { type Audit, createAudit } from './audit/index.ts';
import { type Authentication, createAuthentication } from './authentication/index.ts';
import { createReleaseClaims, type ClaimsRelease } from './claims/index.ts';
import { type Clients, createClients } from './clients/index.ts';
import type { Config } from './config.ts';
import { type Consents, createConsents } from './consents/index.ts';
import { createLedger, type Ledger } from './ledger/index.ts';
import { type ChangeFeed, openChangeFeed } from './platform/change-feed.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { createSealer, deriveKey, type Sealer } from './platform/encryption.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { createMailer, type Mailer } from './platform/mailer.ts';
import { openPostgres, type Postgres } from './platform/postgres.ts';
import { createRateLimiter, type RateLimiter } from './platform/rate-limiter.ts';
import { openRedis, type Redis } from './platform/redis.ts';
import { createScopes, type Scopes } from './scopes/index.ts';
import { createSessions, type Sessions } from './sessions/index.ts';
import { createTokens, type Tokens } from './tokens/index.ts';
import { createVault, type Vault } from './vault/index.ts';

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
  readonly claims: ClaimsRelease;
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
  const services = createServices(platform);
  return Object.freeze({
    ...platform,
    ...services,
    close: async () => {
      await platform.mailer.close();
      await platform.feed.close();
      platform.redis?.disconnect();
      await platform.db.close();
    },
  });
}

async function openPlatform(config: Config, clock: Clock): Promise<Platform> {
  const applicationName = 'consentry';
  const db = openPostgres({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    applicationName,
  });
  const redis = config.redisUrl === null ? null : openRedis({ url: config.redisUrl });
  const log = createLogger({ level: config.logLevel });
  const sealer = createSealer(config.secrets.masterKeys);
  return {
    config,
    clock,
    log,
    db,
    redis,
    sealer,
    feed: await openChangeFeed({ url: config.databaseUrl, applicationName }),
    rateLimiter: createRateLimiter({ postgres: db, ...(redis === null ? {} : { redis }) }),
    mailer: createMailer({ db, sealer, clock, log, mail: config.mail }),
  };
}

function createServices(platform: Platform): Services {
  const { config, clock, db, feed, redis, sealer, rateLimiter, mailer, log } = platform;
  const base = { db, feed, clock, sealer, log };
  const audit = createAudit(base);
  const scopes = createScopes({ ...base, audit, knownClaims: [] });
  const tokens = createTokens({
    ...base,
    redis,
    refreshTokenGraceSeconds: config.refreshTokenGraceSeconds,
  });
  const sessions = createSessions({ ...base, redis, tokens, sessionLimit: config.sessionLimit });
  const accounts = createAccounts({ ...base, audit, tokens, sessions });
  const vault = createVault({
    ...base,
    blindIndexKey: deriveKey(config.secrets.blindIndexKey, 'identifiers'),
  });
  const authentication = createAuthentication({
    ...base,
    audit,
    tokens,
    sessions,
    accounts,
    vault,
    mailer,
    rateLimiter,
    codeKey: deriveKey(config.secrets.blindIndexKey, 'one-time-codes'),
  });
  const clients = createClients({ ...base, audit, scopes, tokens });
  const ledger = createLedger(base);
  const consents = createConsents({ ...base, audit, scopes, tokens, vault, clients, ledger });
  const claims = createReleaseClaims({ ...base, scopes, tokens, vault, clients, ledger, consents });
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
  });
}
