import { readConfig, withDatabase } from '../../src/config/config.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { createPerson } from '../../test/support/people/people.ts';
import type { Account, App, Credentials } from '../subject.ts';

/** The accounts and apps of the benchmark. */
export interface Seeded {
  readonly app: App;
  readonly machine: Credentials;
  readonly accounts: readonly Account[];
}

export interface SeedOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly databaseUrl: string;
  readonly signingAlgorithm: 'ES256' | 'RS256';
  readonly accounts: number;
}

const redirectUri = 'http://127.0.0.1:9/app/callback';

/** Fills the database through the server's own use cases, as its seeds do. */
export async function seed(options: SeedOptions): Promise<Seeded> {
  const partial = readConfig({ dataFolder: '', environment: options.environment });
  const connected = await connect(withDatabase(partial, options.databaseUrl));
  try {
    return await seedServer(connected, options);
  } finally {
    await connected.close();
  }
}

/** Creates the accounts and the apps of the benchmark. */
export async function seedServer(
  connected: Connected,
  options: Pick<SeedOptions, 'accounts' | 'signingAlgorithm'>,
): Promise<Seeded> {
  const accounts: Account[] = [];
  let ownerAccountId = '';
  for (let index = 0; index < options.accounts; index += 1) {
    const person = await createPerson(connected, {
      email: `bench-${String(index)}@example.org`,
      values: { name: ['Ana Bench'], birthdate: ['1990-01-31'] },
    });
    ownerAccountId = person.accountId;
    accounts.push({ identifier: person.email, password: person.password });
  }
  return {
    accounts,
    app: await createApp(connected, ownerAccountId, options),
    machine: await createMachine(connected, ownerAccountId),
  };
}

async function createApp(
  { clients }: Connected,
  ownerAccountId: string,
  { signingAlgorithm }: Pick<SeedOptions, 'signingAlgorithm'>,
): Promise<App> {
  const { client, secret } = await clients.create({
    ownerAccountId,
    applicationType: 'web',
    name: 'Benchmark',
    redirectUris: [redirectUri],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    idTokenSignedResponseAlg: signingAlgorithm,
    isGateway: true,
    // As the bare library is set up; without it a refresh writes less.
    rotateRefreshTokens: true,
    requests: (['name', 'email'] as const).map((claim) => ({
      claim,
      necessity: 'essential',
      purpose: { en: 'To measure how long it takes.' },
      longestDuration: 'until_withdrawn',
    })),
  });
  if (secret === null) throw new Error('the benchmark app got no secret');
  return { clientId: client.id, clientSecret: secret.secret, redirectUri };
}

async function createMachine({ clients }: Connected, ownerAccountId: string): Promise<Credentials> {
  const { client, secret } = await clients.create({
    ownerAccountId,
    applicationType: 'machine',
    name: 'Benchmark machine',
    tokenEndpointAuthMethod: 'client_secret_basic',
  });
  if (secret === null) throw new Error('the benchmark machine got no secret');
  return { clientId: client.id, clientSecret: secret.secret };
}
