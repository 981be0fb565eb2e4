import { type Accounts, createAccounts } from '../accounts/index.ts';
import { type Activity, createActivity } from '../activity/index.ts';
import { type Audit, createAudit, type LateEventReport } from '../audit/index.ts';
import {
  type Authentication,
  createAuthentication,
  createPasswordHasher,
} from '../authentication/index.ts';
import { type Claims, createClaims } from '../claims/index.ts';
import { type Clients, createClients } from '../clients/index.ts';
import { createConnectedApps, type ConnectedApps } from '../connected-apps/index.ts';
import type { Config } from '../config/config.ts';
import { type Consents, createConsents } from '../consents/index.ts';
import { createDeletions, type Deletions } from '../deletions/index.ts';
import { createImports, type Imports } from '../imports/index.ts';
import { createReceipts, type Receipts } from '../receipts/index.ts';
import { createLedger, type Ledger } from '../ledger/index.ts';
import { createExportWords } from '../exports/http.ts';
import { createExports, type Exports, personalSections } from '../exports/index.ts';
import { deriveKey } from '../platform/keys/encryption.ts';
import { createImageEncoder } from '../platform/blobs/image-encoder.ts';
import { createKeyedTokens } from '../platform/keys/keyed-token.ts';
import { createScopes, type Scopes } from '../scopes/index.ts';
import { createSessions, type Sessions } from '../sessions/index.ts';
import { createTokens, type Tokens } from '../tokens/index.ts';
import {
  createHttpUsernameChecker,
  createRecentAttributes,
  createVault,
  loadCustomClaims,
  type ReleasableAttributes,
  type Vault,
} from '../vault/index.ts';
import { openPlatform, type PlatformOptions, type Platform } from './open-platform.ts';

export type { Platform } from './open-platform.ts';

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
  readonly receipts: Receipts;
  readonly consents: Consents;
  readonly claims: Claims;
  readonly connectedApps: ConnectedApps;
  readonly activity: Activity;
  readonly exports: Exports;
  readonly deletions: Deletions;
}

export interface Connected extends Platform, Services {
  close(): Promise<void>;
}

/** Opens the connections and connects the slices. Nothing listens yet: commands and the server both begin here. */
export async function connect(config: Config, options: PlatformOptions = {}): Promise<Connected> {
  const platform = await openPlatform(config, options);
  const services = createServices(platform);
  return Object.freeze({
    ...platform,
    ...services,
    close: async () => {
      await services.audit.close();
      await platform.timeline.close();
      platform.databaseClock.close();
      await platform.jobs.close();
      await platform.feed.close();
      platform.redis?.disconnect();
      await platform.db.close();
      await platform.keyStore.close();
      platform.keyring.close();
    },
  });
}

/** Left to right: each part receives the parts to its left. */
function createServices(platform: Platform): Services {
  const core = createCore(platform);
  const identity = { ...core, ...createIdentity(platform, core) };
  const access = { ...identity, ...createAccess(platform, identity) };
  return Object.freeze({ ...access, ...createLifecycle(platform, access) });
}

type Core = Pick<Services, 'audit' | 'scopes' | 'tokens' | 'sessions' | 'accounts'>;
type Identity = Pick<Services, 'vault' | 'authentication' | 'imports'> & {
  /** The read side of the one door for personal values. */
  readonly attributes: ReleasableAttributes;
};
type Access = Pick<
  Services,
  'clients' | 'ledger' | 'receipts' | 'consents' | 'claims' | 'connectedApps' | 'activity'
>;
type Lifecycle = Pick<Services, 'exports' | 'deletions'>;

function createCore(platform: Platform): Core {
  const { config, clock, db, feed, redis, transientSealer, masterSealer } = platform;
  const base = { db, feed, clock };
  const audit = createAudit({ ...base, report: reportLateEvents(platform) });
  const scopes = createScopes({ ...base, audit, customClaims: () => loadCustomClaims(db) });
  const tokens = createTokens({
    ...base,
    redis,
    transientSealer,
    accessTokenKeys: platform.transientKeys,
    issuer: config.issuer,
    indexKey: deriveKey(config.secrets.blindIndexKey, 'user-codes'),
    refreshTokenGraceSeconds: config.refreshTokenGraceSeconds,
  });
  const { sessionLimit } = config;
  const sessions = createSessions({ ...base, masterSealer, audit, tokens, sessionLimit });
  const accounts = createAccounts({ ...base, audit, sessions });
  return { audit, scopes, tokens, sessions, accounts };
}

function reportLateEvents({ log, instruments }: Platform): LateEventReport {
  return {
    onDropped: (error) => {
      instruments.auditEventsDropped.add();
      if (error !== undefined) log.warn({ err: error }, 'an event of the audit record was lost');
    },
    onRecovered: (counts) => log.warn(counts, 'events of the audit record were late'),
  };
}

function createIdentity(platform: Platform, { audit, accounts }: Core): Identity {
  const { config, clock, db, feed, transientSealer, masterSealer, keyStore, mailer, sms, blobs } =
    platform;
  const { blindIndexKey } = config.secrets;
  const sealed = { db, feed, clock, masterSealer, leaves: keyStore, blindIndexKey };
  const attributes = createRecentAttributes(sealed);
  const vault = createVault({
    ...sealed,
    recent: attributes,
    audit,
    mailer,
    sms,
    rateLimiter: platform.rateLimiter,
    usernameCheckers: config.usernameServices.map((service) =>
      createHttpUsernameChecker({ ...service, clock }),
    ),
    blobs,
    images: createImageEncoder(),
    minimumAgeYears: config.minimumAgeYears,
  });
  const authentication = createAuthentication({
    ...sealed,
    transientSealer,
    audit,
    accounts,
    vault,
    mailer,
    sms,
    rateLimiter: platform.rateLimiter,
    hasher: createPasswordHasher(),
    transferProvenAddresses: config.transferProvenAddresses,
    retentionSeconds: config.deletionRetentionDays * 86_400,
  });
  const imports = createImports({ ...sealed, audit, accounts, vault, authentication });
  return { vault, attributes, authentication, imports };
}

function createAccess(platform: Platform, left: Core & Identity): Access {
  const { config, clock, db, feed, signer, mailer, jobs } = platform;
  const base = { ...left, db, feed, clock };
  const clients = createClients({ ...base, jobs, mailer, rateLimiter: platform.rateLimiter });
  const ledger = createLedger({ ...base, signer });
  const receipts = createReceipts({
    ...base,
    signer,
    issuer: config.issuer,
    jurisdiction: config.jurisdiction,
    pseudonymKey: deriveKey(Buffer.from(config.secrets.pairwiseSalt), 'receipts'),
  });
  const consents = createConsents({
    ...base,
    clients,
    ledger,
    receipts,
    mailer,
    jobs,
    unusedAfterDays: config.unusedConsentDays,
  });
  const claims = createClaims({
    ...base,
    pictures: {
      issuer: config.issuer,
      tokens: createKeyedTokens(config.secrets.blindIndexKey, 'picture addresses'),
      accounts: left.accounts,
    },
    attributes: left.attributes,
    clients,
    ledger,
    consents,
  });
  const connectedApps = createConnectedApps({ ...base, clients, ledger, consents });
  const activity = createActivity({ ...base, clients, ledger, consents });
  return { clients, ledger, receipts, consents, claims, connectedApps, activity };
}

function createLifecycle(platform: Platform, left: Core & Identity & Access): Lifecycle {
  const { config, clock, db, feed, signer, mailer, jobs } = platform;
  const { issuer } = config;
  const base = { ...left, db, feed, clock, mailer, jobs, issuer };
  const words = createExportWords();
  const exports = createExports({
    ...base,
    words,
    sections: personalSections({
      ...left,
      words,
    }),
  });
  const deletions = createDeletions({
    ...base,
    signer,
    retentionDays: config.deletionRetentionDays,
  });
  return { exports, deletions };
}
