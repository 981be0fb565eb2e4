import { randomUUID } from 'node:crypto';

import type { Account } from '../../src/accounts/index.ts';
import { createClaims, type ClaimsContext } from '../../src/claims/index.ts';
import type { Client } from '../../src/clients/index.ts';
import {
  createConsents,
  type ConsentRequest,
  type Consent,
  type ConsentDecision,
} from '../../src/consents/index.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import { createKeyedTokens } from '../../src/platform/keys/keyed-token.ts';
import type { Postgres } from '../../src/platform/postgres/postgres.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { createRecentAttributes, type AttributeValue } from '../../src/vault/index.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { NEW_CLIENT } from './new-client.ts';
import { watchedDatabase } from './watched-database.ts';

/** A node on a database of its own. Its apps are plain objects, so that a test can change their registration. */
export interface World extends Omit<Connected, 'clock' | 'close'> {
  readonly url: string;
  readonly clock: SettableClock;
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
  const clock = settableClock(new Date());
  const connected = await connect(
    testConfig(url, { issuer: 'https://id.example', databasePoolSize: 10 }),
    { clock },
  );
  const registered = new Map<string, Client>();
  const shared = {
    ...connected,
    db: watchedDatabase(connected.db, options.watch),
    clients: { find: (id: string) => Promise.resolve(registered.get(id) ?? null) },
    accounts: { find: (id: string) => Promise.resolve(anyAccount(id)) },
  };
  const consents = createConsents({ ...shared, unusedAfterDays: 90 });
  const pictures = {
    issuer: connected.config.issuer,
    tokens: createKeyedTokens(Buffer.alloc(32, 10), 'pictures'),
    accounts: { find: () => Promise.resolve(null) },
  };
  const attributes = createRecentAttributes({ ...connected, leaves: connected.keyStore });
  const claims = createClaims({ ...shared, pictures, consents, attributes });

  return {
    ...connected,
    url,
    clock,
    consents,
    claims,
    pictures,
    setClient: async (changes) => {
      const client = { ...NEW_CLIENT, ...registered.get(changes.id), ...changes } as Client;
      registered.set(client.id, client);
      await insertClient(connected.db, client);
      return client;
    },
    createAccount: (values) => createAccount(connected, values),
    close: async () => {
      await connected.close();
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
  const none = { statusReason: null, cutOffAt: null, secondFactorSince: null, deletion: null };
  const createdAt = NEW_CLIENT.createdAt;
  return {
    ...none,
    proofGeneration: 0,
    id,
    status: 'active',
    isAdministrator: false,
    locale: 'en',
    createdAt,
  };
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
  { db, vault, clock }: Pick<Connected, 'db' | 'vault' | 'clock'>,
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
