import { createAccounts } from '../accounts/index.ts';
import { createActivity } from '../activity/index.ts';
import { createAudit, type LateEventReport } from '../audit/index.ts';
import {
  createAuthentication,
  createPasswordHasher,
  openBreachedPasswords,
  relyingPartyOf,
  type PasswordPolicyContext,
  registerPeppers,
} from '../authentication/index.ts';
import { createClaims } from '../claims/index.ts';
import { createClients } from '../clients/index.ts';
import type { Config } from '../config/config.ts';
import { createConnectedApps } from '../connected-apps/index.ts';
import { createConsents } from '../consents/index.ts';
import { createDeletions } from '../deletions/index.ts';
import { createExportWords } from '../exports/http.ts';
import { createExports, personalSections, readableParts } from '../exports/index.ts';
import { createImports } from '../imports/index.ts';
import { createLedger } from '../ledger/index.ts';
import { createLogoutNotices } from '../logout-notices/index.ts';
import { createImageEncoder } from '../platform/blobs/image-encoder.ts';
import { deriveKey } from '../platform/keys/encryption.ts';
import { createKeyedTokens } from '../platform/keys/keyed-token.ts';
import { createGuardedFetch } from '../platform/outbound/guarded-fetch.ts';
import { createReceipts } from '../receipts/index.ts';
import { createScopes, type StandardTexts } from '../scopes/index.ts';
import { createSessions } from '../sessions/index.ts';
import { createTokens } from '../tokens/index.ts';
import { createHttpUsernameChecker, createRecentAttributes, createVault } from '../vault/index.ts';
import { openPlatform, type Platform, type PlatformOptions } from './open-platform.ts';

/**
 * Opens the connections and connects the slices, left to right: each group receives the groups before it. It opens no
 * port; commands and the server both start with it.
 */
export async function connect(config: Config, options: PlatformOptions = {}) {
  // First, because nothing has to be closed when it is refused.
  const breachedPasswords = await openBreachedPasswords(config.breachedPasswordsFile);
  const platform = await openPlatform(config, options);
  await registerPeppersOf(platform);
  const core = { ...createCore(platform), breachedPasswords, serviceName: config.brand.name };
  const { attributes, ...identity } = createIdentity({ ...platform, ...core });
  const access = createAccess({ ...platform, ...core, ...identity, attributes });
  const lifecycle = createLifecycle({ ...platform, ...core, ...identity, ...access });
  return {
    ...platform,
    ...core,
    ...identity,
    ...access,
    ...lifecycle,
    async close(): Promise<void> {
      await core.audit.close();
      await platform.close();
    },
  };
}

async function registerPeppersOf({ db, config, close }: Platform): Promise<void> {
  const { passwordPeppers: peppers } = config.secrets;
  await registerPeppers({ db, peppers }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
}

/** The platform and every slice. */
export type Connected = Awaited<ReturnType<typeof connect>>;

type Core = Platform & ReturnType<typeof createCore> & PasswordPolicyContext;
type Identity = Core & ReturnType<typeof createIdentity>;
type Access = Omit<Identity, 'attributes'> & ReturnType<typeof createAccess>;

function createCore(platform: Platform) {
  const { config } = platform;
  const audit = createAudit({ ...platform, report: reportLateEvents(platform) });
  const texts: StandardTexts = (path) =>
    platform.translator.inEveryLanguage('scopes', ['standard', ...path]);
  const scopes = createScopes({ ...platform, audit, texts });
  const tokens = createTokens({
    ...platform,
    accessTokenKeys: platform.transientKeys,
    issuer: config.issuer,
    indexKey: deriveKey(config.secrets.blindIndexKey, 'user-codes'),
    refreshTokenGraceSeconds: config.refreshTokenGraceSeconds,
  });
  const { sessionLimit, sessionLives } = config;
  const sessions = createSessions({ ...platform, audit, tokens, sessionLimit, sessionLives });
  const accounts = createAccounts({ ...platform, audit, sessions });
  return { audit, scopes, tokens, sessions, accounts, images: createImageEncoder() };
}

function createIdentity(left: Core) {
  const { config, clock } = left;
  const sealed = { ...left, leaves: left.keyStore, blindIndexKey: config.secrets.blindIndexKey };
  // Reads personal values for releases; only the vault and `claims/` receive it.
  const attributes = createRecentAttributes(sealed);
  const vault = createVault({
    ...sealed,
    recent: attributes,
    usernameCheckers: config.usernameServices.map((service) =>
      createHttpUsernameChecker({ ...service, clock }),
    ),
    minimumAgeYears: config.minimumAgeYears,
  });
  const authentication = createAuthentication({
    ...sealed,
    vault,
    failedSignIns: config.failedSignIns,
    onSignInsPaused: (pause) => left.log.warn(pause, 'too many wrong passwords over all accounts'),
    hasher: createPasswordHasher({ peppers: config.secrets.passwordPeppers }),
    transferProvenAddresses: config.transferProvenAddresses,
    retentionSeconds: config.deletionRetentionDays * 86_400,
    relyingParty: relyingPartyOf(config.issuer, config.brand.name),
  });
  const imports = createImports({ ...sealed, vault, authentication });
  return { attributes, vault, authentication, imports };
}

function createAccess(left: Identity) {
  const { issuer, jurisdiction, secrets, unusedConsentDays: unusedAfterDays } = left.config;
  const clients = createClients({
    ...left,
    brand: left.config.brand,
    outbound: left.config.outbound,
  });
  const fetchFromApp = createGuardedFetch(left.config.outbound);
  const logoutNotices = createLogoutNotices({ ...left, clients, fetch: fetchFromApp });
  const ledger = createLedger(left);
  const receipts = createReceipts({
    ...left,
    issuer,
    jurisdiction,
    pseudonymKey: deriveKey(Buffer.from(secrets.pairwiseSalt), 'receipts'),
  });
  const consents = createConsents({ ...left, clients, ledger, receipts, unusedAfterDays });
  const pictureTokens = createKeyedTokens(secrets.blindIndexKey, 'picture addresses');
  const claims = createClaims({
    ...left,
    pictures: { issuer, tokens: pictureTokens, accounts: left.accounts },
    clients,
    ledger,
    consents,
  });
  const connectedApps = createConnectedApps({ ...left, issuer, clients, ledger, consents });
  const activity = createActivity({ ...left, clients, ledger, consents });
  return { clients, logoutNotices, ledger, receipts, consents, claims, connectedApps, activity };
}

function createLifecycle(left: Access) {
  const { issuer, deletionRetentionDays: retentionDays } = left.config;
  const words = createExportWords(left.translator);
  const exports = createExports({
    ...left,
    issuer,
    words,
    sections: personalSections(left),
    parts: readableParts({ ...left, words }),
  });
  const deletions = createDeletions({ ...left, issuer, retentionDays });
  return { exports, deletions };
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
