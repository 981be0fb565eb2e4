import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import { readConfig, type PartialConfig } from '../config.ts';
import { openMasterKeys } from '../master-keys.ts';
import { AppError } from '../platform/app-error.ts';
import { createLogger } from '../platform/logger.ts';
import { findPostgresBinaries } from '../platform/embedded-postgres-binaries.ts';
import {
  createInstallationStore,
  createKeyInstallationStore,
} from '../platform/installation-store.ts';
import { createClient } from '../platform/postgres-client.ts';
import { openPostgres, type Postgres } from '../platform/postgres.ts';
import { compareTimelines } from '../platform/timeline-guard.ts';
import { openRedis } from '../platform/redis.ts';
import { requireMigrated } from './database.ts';
import { sentencesFor } from './error-sentence.ts';
import { print } from './output.ts';
import { DATA_FOLDER } from './project.ts';

/** One thing that was tried. */
interface Check {
  readonly name: string;
  /** @returns what was found. @throws Error whose message says what is wrong. */
  try(): Promise<string>;
}

function reasonOf(error: unknown): string {
  return error instanceof AppError ? sentencesFor(error) : (error as Error).message;
}

/** `consentry doctor` */
export async function run(): Promise<void> {
  const config = readConfig({ dataFolder: DATA_FOLDER });
  printCheck(
    'ok    ',
    'settings',
    `${config.mode}, issuer ${config.issuer}, listens on ${config.host}:${String(config.port)}`,
  );
  let failures = 0;
  for (const check of checks(config)) {
    try {
      printCheck('ok    ', check.name, await check.try());
    } catch (error) {
      failures += 1;
      printCheck('wrong ', check.name, reasonOf(error));
    }
  }
  if (failures > 0) process.exitCode = 1;
}

function checks(config: PartialConfig): readonly Check[] {
  const { databaseUrl, redisUrl, mail } = config;
  return [
    {
      name: 'database',
      try: async () => (databaseUrl === null ? checkEmbedded() : checkDatabase(databaseUrl)),
    },
    {
      name: 'keys',
      try: () => checkKeys(config),
    },
    {
      name: 'key store',
      try: () => checkKeyStore(config),
    },
    {
      name: 'redis',
      try: async () =>
        redisUrl === null ? 'none: everything is kept in PostgreSQL' : checkRedis(redisUrl),
    },
    {
      name: 'mail',
      try: async () =>
        mail.smtpUrl === null ? 'none: the outbox page shows mails' : checkMail(mail.smtpUrl),
    },
  ];
}

async function checkKeys(config: PartialConfig): Promise<string> {
  const keyring = await openMasterKeys(config, createLogger({ level: 'silent' }));
  const versions = keyring.keys().map(({ version }) => String(version));
  keyring.close();
  const from = config.keyService === null ? '' : ', the key service answers';
  return `master key ${versions[0] ?? ''} seals, ${String(versions.length)} can open${from}`;
}

async function checkKeyStore({ keyStoreUrl, databaseUrl }: PartialConfig): Promise<string> {
  const url = keyStoreUrl ?? databaseUrl;
  if (url === null) return 'a second database of the embedded PostgreSQL';
  const client = createClient(url, { connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ isMade: boolean }>(
      `select to_regclass('key_store.installation') is not null as "isMade"`,
    );
    if (rows[0]?.isMade === true && databaseUrl !== null) await checkTimeline(url, databaseUrl);
    const where =
      keyStoreUrl === null ? 'in the main database: a dump of it holds the keys' : 'answers';
    return rows[0]?.isMade === true ? where : `${where}, made at the first start`;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkTimeline(keyStoreUrl: string, databaseUrl: string): Promise<void> {
  const applicationName = 'consentry-doctor';
  const [main, keys] = [databaseUrl, keyStoreUrl].map((url) =>
    openPostgres({ url, poolSize: 1, applicationName }),
  ) as [Postgres, Postgres];
  try {
    const expected = await createKeyInstallationStore(keys).find();
    const state = compareTimelines(await createInstallationStore(main).find(), expected);
    if (state === 'same') return;
    throw new Error(
      `it does not fit the main database (${state}): run "consentry restore", or correct DATABASE_URL or KEY_STORE_URL`,
    );
  } finally {
    await main.close();
    await keys.close();
  }
}

function checkEmbedded(): string {
  const { version } = findPostgresBinaries(`${DATA_FOLDER}/postgres`);
  return `embedded ${version}`;
}

const OLDEST_POSTGRES = 150_000;

async function checkDatabase(url: string): Promise<string> {
  const client = createClient(url, { connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; number: number; isStandby: boolean }>(
      `select current_setting('server_version') as version,
              current_setting('server_version_num')::int as number,
              pg_is_in_recovery() as "isStandby"`,
    );
    const [server] = rows;
    if (server === undefined || server.number < OLDEST_POSTGRES)
      throw new Error('PostgreSQL 15 or later is needed');
    if (server.isStandby) throw new Error('this is a read-only standby: name the primary');
    const warnings: string[] = [];
    await requireMigrated(url, (line) => warnings.push(line));
    return [`PostgreSQL ${server.version}, the schema is current`, ...warnings].join('. ');
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkRedis(url: string): Promise<string> {
  const redis = openRedis({ url });
  try {
    const information = await redis.info('server');
    return `Redis ${/redis_version:(\S+)/.exec(information)?.[1] ?? 'of unknown version'}`;
  } finally {
    redis.disconnect();
  }
}

const MAIL_TIMEOUT_MS = 5_000;

async function checkMail(address: string): Promise<string> {
  const { protocol, hostname, port } = new URL(address);
  const isSecure = protocol === 'smtps:';
  const target = { host: hostname, port: Number(port === '' ? (isSecure ? 465 : 587) : port) };
  const socket = isSecure ? tls.connect({ ...target, servername: hostname }) : net.connect(target);
  try {
    const [greeting] = (await once(socket, 'data', {
      signal: AbortSignal.timeout(MAIL_TIMEOUT_MS),
    })) as [Buffer];
    const line = greeting.toString('utf8').trim();
    if (!line.startsWith('220')) throw new Error(`it answered "${line.slice(0, 80)}"`);
    return `${target.host}:${String(target.port)} answers`;
  } finally {
    socket.destroy();
  }
}

function printCheck(state: string, name: string, text: string): void {
  print(`${state}${name.padEnd(10)}${text}`);
}
