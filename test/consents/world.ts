import { randomBytes, randomUUID } from 'node:crypto';

import type { Account } from '../../src/accounts/index.ts';
import { createAudit, type Audit } from '../../src/audit/index.ts';
import { createClaims, type Claims, type ClaimsContext } from '../../src/claims/index.ts';
import type { Client } from '../../src/clients/index.ts';
import {
  createConsents,
  type ConsentRequest,
  type Consent,
  type ConsentDecision,
  type Consents,
} from '../../src/consents/index.ts';
import { createLedger, type Ledger } from '../../src/ledger/index.ts';
import { openChangeFeed, type ChangeFeed } from '../../src/platform/change-feed.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import { createImageEncoder } from '../../src/platform/blobs/image-encoder.ts';
import { createJobs } from '../../src/platform/jobs/jobs.ts';
import { createKeyedTokens } from '../../src/platform/keys/keyed-token.ts';
import { openKeyStore, type KeyStore } from '../../src/platform/keys/key-store.ts';
import { MAIL, SMS } from '../../src/messaging/message.ts';
import { createMessageQueue } from '../../src/messaging/message-queue.ts';
import { createPostgresBlobStore } from '../../src/platform/blobs/postgres-blob-store.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { createSigner, type Signer } from '../../src/platform/keys/signer.ts';
import { createReceipts, type Receipts } from '../../src/receipts/index.ts';
import { createScopes, type Scopes } from '../../src/scopes/index.ts';
import { createTokens, type Tokens } from '../../src/tokens/index.ts';
import {
  createRecentAttributes,
  createVault,
  type AttributeValue,
  type Vault,
} from '../../src/vault/index.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { NEW_CLIENT } from './new-client.ts';
import { watchedDatabase } from './watched-database.ts';

/**
 * The slices around consents on a separate database. Apps are plain objects, so that a test can change their
 * registration.
 */
export interface World {
  readonly db: Postgres;
  readonly keyStore: KeyStore;
  readonly url: string;
  readonly feed: ChangeFeed;
  readonly clock: SettableClock;
  readonly audit: Audit;
  readonly scopes: Scopes;
  readonly tokens: Tokens;
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly receipts: Receipts;
  readonly consents: Consents;
  readonly claims: Claims;
  readonly pictures: ClaimsContext['pictures'];
  /** Registers an app, or changes its registration. */
  setClient(changes: Partial<Client> & { readonly id: string }): Promise<Client>;
  /** An account with these values; e-mails and phones are verified. Returns attribute ids by value. */
  createAccount(values: Readonly<Record<string, readonly AttributeValue[]>>): Promise<TestAccount>;
  close(): Promise<void>;
}

export interface TestAccount {
  readonly id: string;
  /** Attribute ids by claim, in the order of the values. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

export interface WorldOptions {
  /** Connects another node to the same database. */
  readonly sameDatabaseAs?: World;
  /** Receives each statement outside of transactions, and `begin` for each transaction. */
  readonly watch?: (text: string) => void;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const own = options.sameDatabaseAs === undefined ? await createTestDatabase() : null;
  const url = options.sameDatabaseAs?.url ?? own?.url ?? '';
  const db = watchedDatabase(
    openPostgres({ url, poolSize: 10, applicationName: 'test' }),
    options.watch,
  );
  const feed = await openChangeFeed({ url, applicationName: 'test' });
  const clock = settableClock(new Date());
  const transientSealer = createSealer([{ version: 1, key: Buffer.alloc(32, 7) }]);
  const base = { db, feed, clock };
  const jobs = createJobs(db);
  const audit = createAudit(base);
  const scopes = createScopes({ ...base, audit });
  const tokens = createTokens({
    ...base,
    redis: null,
    transientSealer,
    indexKey: randomBytes(32),
    refreshTokenGraceSeconds: 10,
    accessTokenKeys: { keys: () => [], reload: async () => undefined },
    issuer: 'https://id.example',
  });
  const keyring = { keys: () => [{ version: 1, key: Buffer.alloc(32, 7) }] };
  const keyStore = await openKeyStore({ url, db, keyring, masterSealer: transientSealer });
  const sealed = {
    ...base,
    masterSealer: transientSealer,
    leaves: keyStore,
    blindIndexKey: Buffer.alloc(32, 8),
  };
  const attributes = createRecentAttributes(sealed);
  const vault = createVault({
    ...sealed,
    recent: attributes,
    audit,
    scopes,
    mailer: createMessageQueue({ jobs, clock, transientSealer, channel: MAIL, isOn: true }),
    sms: createMessageQueue({ jobs, clock, transientSealer, channel: SMS, isOn: true }),
    rateLimiter: { consume: () => Promise.resolve() },
    usernameCheckers: [],
    blobs: createPostgresBlobStore(db),
    images: createImageEncoder(),
  });
  const registered = new Map<string, Client>();
  const clients = { find: (id: string) => Promise.resolve(registered.get(id) ?? null) };
  const signer = createSigner({ ...base, masterSealer: transientSealer });
  const ledger = createLedger({ ...base, signer });
  const receipts = createReceipts({
    ...base,
    signer,
    issuer: 'https://id.example',
    jurisdiction: 'not stated',
    pseudonymKey: Buffer.alloc(32, 9),
  });
  const consents = createConsents({
    ...base,
    audit,
    scopes,
    tokens,
    vault,
    clients,
    receipts,
    ledger,
    accounts: { find: (id: string) => Promise.resolve(anyAccount(id)) },
    mailer: createMessageQueue({ jobs, clock, transientSealer, channel: MAIL, isOn: true }),
    jobs,
    unusedAfterDays: 90,
  });
  const pictures = {
    issuer: 'https://id.example',
    tokens: createKeyedTokens(Buffer.alloc(32, 10), 'pictures'),
    accounts: { find: () => Promise.resolve(null) },
  };
  const claims = createClaims({
    ...base,
    pictures,
    scopes,
    tokens,
    clients,
    consents,
    ledger,
    attributes,
    vault,
  });

  return {
    url,
    db,
    keyStore,
    feed,
    clock,
    audit,
    scopes,
    tokens,
    vault,
    ledger,
    signer,
    receipts,
    consents,
    claims,
    pictures,
    setClient: async (changes) => {
      const client = { ...NEW_CLIENT, ...registered.get(changes.id), ...changes } as Client;
      registered.set(client.id, client);
      await insertClient(db, client);
      return client;
    },
    createAccount: (values) => createAccount({ db, vault, clock }, values),
    close: async () => {
      await jobs.close();
      await feed.close();
      await db.close();
      await keyStore.close();
      await own?.drop();
    },
  };
}

/** The content of one authorization request of the app. */
export function requestOf(
  client: Client,
  parts: Partial<Omit<ConsentRequest, 'client'>> = {},
): ConsentRequest {
  return { client, scopes: ['openid', 'profile', 'email'], claims: [], resources: [], ...parts };
}

/** The person's decision about an app that requests its scopes. */
export function decide(
  world: World,
  accountId: string,
  input: { readonly request: ConsentRequest; readonly decision: ConsentDecision },
): Promise<Consent> {
  return world.consents.decide({ accountId, locale: 'en', ...input });
}

/** A grant as the protocol makes one from a consent. */
export async function grantFor(world: World, consent: Consent): Promise<string> {
  const { id: consentId, accountId, clientId } = consent;
  const grant = await world.tokens.createGrant(world.db, {
    accountId,
    clientId,
    consentId,
    sessionUid: null,
    expiresInSeconds: 3_600,
  });
  return grant.id;
}

/** The names of claims per ledger row of an account, oldest first. */
export async function ledgerRows(world: World, accountId: string): Promise<string[][]> {
  const rows = await world.ledger.list({ accountId, limit: 1_000 });
  return rows.map(({ claims }) => [...claims].toSorted()).toReversed();
}

function anyAccount(id: string): Account {
  const none = { statusReason: null, cutOffAt: null, proofGeneration: 0, deletion: null };
  const createdAt = NEW_CLIENT.createdAt;
  return { ...none, id, status: 'active', isAdministrator: false, locale: 'en', createdAt };
}

async function insertClient(db: Postgres, client: Client): Promise<void> {
  await db.query({
    name: 'test-insert-client',
    text: `insert into clients (id, name, status, metadata, created_at, updated_at)
      values ($1, $2, 'active', '{}', now(), now()) on conflict do nothing`,
    values: [client.id, client.name],
  });
}

async function createAccount(
  { db, vault, clock }: Pick<World, 'db' | 'vault' | 'clock'>,
  values: Readonly<Record<string, readonly AttributeValue[]>>,
): Promise<TestAccount> {
  const id = randomUUID();
  await db.query({
    name: 'test-insert-account',
    text: `insert into accounts (id, status, created_at, updated_at) values ($1, 'active', $2, $2)`,
    values: [id, clock.now()],
  });
  await db.transaction((tx) => vault.createKey(tx, id));
  const ids: Record<string, string[]> = {};
  for (const [claim, all] of Object.entries(values)) {
    for (const value of all) {
      const attribute = await db.transaction((tx) =>
        vault.addAttributeIn(tx, { accountId: id, claim, value }),
      );
      (ids[claim] ??= []).push(attribute.id);
      if (claim !== 'email' && claim !== 'phone_number') continue;
      await db.transaction((tx) =>
        vault.markVerified(tx, {
          accountId: id,
          attributeId: attribute.id,
          value: value as string,
        }),
      );
    }
  }
  return { id, ids };
}

/** A value that was never verified. */
export async function addUnverified(
  world: World,
  accountId: string,
  input: { readonly claim: string; readonly value: string },
): Promise<string> {
  const attribute = await world.db.transaction((tx) =>
    world.vault.addAttributeIn(tx, { accountId, ...input }),
  );
  return attribute.id;
}

/** The code of the AppError that a promise ends with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'nothing was thrown';
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.code;
  }
}
