import pg from 'pg';

import { connect, type Connected } from '../../src/server/services.ts';
import type { Client } from '../../src/clients/index.ts';
import { emailOf } from './accounts-file.ts';
import { scaleConfig } from './environment.ts';

/** The accounts that are looked at, and the app that reads them. */
export interface Sample {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly people: readonly SamplePerson[];
}

export interface SamplePerson {
  readonly email: string;
  readonly accountId: string;
  readonly grantId: string;
}

export const SHARED_CLAIMS = ['email', 'name', 'nickname', 'birthdate', 'zoneinfo'] as const;
const SCOPES = ['openid', 'profile', 'email'];
const DAY_SECONDS = 86_400;

/** Lets an app have five values of accounts that are spread over the whole installation. */
export async function prepareSample(
  databaseUrl: string,
  { accounts, size }: { readonly accounts: number; readonly size: number },
): Promise<Sample> {
  await tidy(databaseUrl);
  const connected = await connect(scaleConfig(databaseUrl));
  try {
    await connected.ledger.ensurePartitions();
    const client = await createApp(connected);
    const people: SamplePerson[] = [];
    const step = accounts / Math.min(size, accounts);
    for (let at = 0; at < accounts; at += step) {
      people.push(await connectPerson(connected, client, emailOf(Math.floor(at))));
    }
    return { clientId: client.id, scopes: SCOPES, people: people.slice(0, size) };
  } finally {
    await connected.close();
  }
}

/** What autovacuum does in an installation that has been there for a while. */
async function tidy(databaseUrl: string): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  await database.query('vacuum analyze');
  await database.query('checkpoint');
  await database.end();
}

async function createApp({ clients, accounts, db }: Connected): Promise<Client> {
  const owner = await db.transaction((tx) =>
    accounts.create(tx, { status: 'active', locale: 'en' }),
  );
  const { client } = await clients.create({
    ownerAccountId: owner.id,
    applicationType: 'web',
    name: 'Benchmark',
    redirectUris: ['http://127.0.0.1:9/callback'],
    scopes: SCOPES,
    requests: SHARED_CLAIMS.map((claim) => ({
      claim,
      necessity: 'voluntary',
      purpose: { en: 'To measure how long it takes.' },
      longestDuration: 'until_withdrawn',
    })),
  });
  return client;
}

async function connectPerson(
  { db, vault, consents, tokens }: Connected,
  client: Client,
  email: string,
): Promise<SamplePerson> {
  const owner = await vault.findIdentifier({ kind: 'email', value: email });
  if (owner === null) throw new Error(`${email} was not imported`);
  const { accountId } = owner;
  const attributes = await vault.listAttributes(accountId);
  const consent = await consents.decide({
    accountId,
    request: { client, scopes: SCOPES, claims: [], resources: [] },
    decision: {
      claims: Object.fromEntries(attributes.map(({ claim, id }) => [claim, id])),
    },
    locale: 'en',
  });
  const grant = await tokens.createGrant(db, {
    accountId,
    clientId: client.id,
    consentId: consent.id,
    sessionUid: null,
    expiresInSeconds: DAY_SECONDS,
  });
  return { email, accountId, grantId: grant.id };
}
