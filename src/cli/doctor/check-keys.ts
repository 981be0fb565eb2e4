import { directUrlOf, type Config, type PartialConfig } from '../../config/config.ts';
import { openMasterKeys } from '../../server/master-keys.ts';
import { createSealer } from '../../platform/keys/encryption.ts';
import {
  createInstallationStore,
  createKeyInstallationStore,
} from '../../platform/postgres/installation-store.ts';
import type { Keyring } from '../../platform/keys/keyring.ts';
import { createLogger } from '../../platform/logger.ts';
import { openPostgres, type Postgres } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { createSigningKeyStore } from '../../platform/keys/signing-key-store.ts';
import { compareTimelines } from '../../platform/postgres/timeline-guard.ts';
import { checkServer } from './check-database.ts';
import { type Finding, Wrong } from './check.ts';

const APPLICATION_NAME = 'consentry-doctor';

/** Can the master keys be decrypted, and do they decrypt the signing keys of the database? */
export async function checkKeys(config: PartialConfig): Promise<Finding> {
  const keyring = await openMasterKeys(config, createLogger({ level: 'silent' }));
  try {
    const versions = keyring.keys().map(({ version }) => String(version));
    const url = config.databaseDirectUrl ?? config.databaseUrl;
    const signing = url === null ? '' : await checkSigningKeys(url, keyring);
    const from = config.keyService === null ? '' : ', the key service answers';
    return {
      text: `master key ${versions[0] ?? ''} seals, ${String(versions.length)} can open${from}${signing}`,
    };
  } finally {
    keyring.close();
  }
}

async function checkSigningKeys(url: string, keyring: Keyring): Promise<string> {
  const db = openPostgres({ url, poolSize: 1, applicationName: APPLICATION_NAME });
  try {
    const keys = await createSigningKeyStore(db).list();
    const sealer = createSealer(keyring);
    const known = new Set(keyring.keys().map(({ version }) => version));
    const lost = keys.find(
      ({ sealedPrivateJwk }) => !known.has(sealer.versionOf(sealedPrivateJwk)),
    );
    if (lost !== undefined)
      throw new Wrong(
        `the signing key ${lost.kid} is under master key ${String(sealer.versionOf(lost.sealedPrivateJwk))}, which is missing`,
        'add that key to MASTER_KEYS',
      );
    const signs = keys.filter(({ status }) => status === 'current').map(({ alg }) => alg);
    return signs.length === 0
      ? ', signing keys are made at the first start'
      : `, signs with ${signs.join(', ')}`;
  } finally {
    await db.close();
  }
}

/** Is the key store reachable and writable, and does it belong to the main database? */
export async function checkKeyStore(config: Config): Promise<Finding> {
  const { keyStoreUrl } = config;
  const mainUrl = directUrlOf(config);
  await checkServer(keyStoreUrl);
  const [main, keys] = [mainUrl, keyStoreUrl].map((url) =>
    openPostgres({ url, poolSize: 1, applicationName: APPLICATION_NAME }),
  ) as [Postgres, Postgres];
  try {
    const [row] = await keys.query<{ isMade: boolean }>(
      sql`select to_regclass('key_store.installation') is not null as is_made`,
    );
    const where =
      keyStoreUrl === mainUrl
        ? 'in the main database: a dump of it holds the keys'
        : 'answers and accepts writes';
    if (row?.isMade !== true) return { text: `${where}, made at the first start` };
    const expected = await createKeyInstallationStore(keys).find();
    const state = compareTimelines(await createInstallationStore(main).find(), expected);
    if (state !== 'same')
      throw new Wrong(
        `it does not fit the main database (${state})`,
        'run "consentry restore", or correct DATABASE_URL or KEY_STORE_URL',
      );
    return { text: where };
  } finally {
    await main.close();
    await keys.close();
  }
}
