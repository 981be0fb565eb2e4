import { randomBytes } from 'node:crypto';

import { directUrlOf, type Config } from '../../config/config.ts';
import { keyServiceOf, openMasterKeys } from '../../server/master-keys.ts';
import { AppError } from '../../platform/app-error.ts';
import { createSealer } from '../../platform/keys/encryption.ts';
import { createLogger } from '../../platform/logger.ts';
import { openPostgres } from '../../platform/postgres/postgres.ts';
import { openKeyStore } from '../../platform/keys/key-store.ts';
import {
  readKeyStatus,
  rotateMasterKey,
  type KeyStatus,
  type RotationDeps,
  type RotationProgress,
} from '../../platform/keys/rotate-master-key.ts';
import { KEY_STORE_SEALED_COLUMNS, MASTER_SEALED_COLUMNS } from '../../server/sealed-columns.ts';
import { countUnmovedKeys, moveAccountKeys, type MoveDeps } from '../../vault/index.ts';
import { print } from '../output.ts';
import { readSettings, withMigratedDatabase } from '../with-services.ts';

const SOMETHING_REMAINS = 3;
const KEY_BYTES = 32;

/** `consentry keys new` */
export async function printNew({ isWrapped }: { readonly isWrapped: boolean }): Promise<void> {
  const settings = readSettings();
  const version = Math.max(0, ...settings.secrets.masterKeys.map((key) => key.version)) + 1;
  if (!isWrapped) return print(`${String(version)}:${randomBytes(KEY_BYTES).toString('base64')}`);
  const service = keyServiceOf(settings);
  if (service === null) {
    throw new AppError('invalid', 'key_service_missing', {
      detail: 'There is no key service: set KMS_KEY_ID and KMS_REGION.',
    });
  }
  const { wrapped } = await service.generate(version);
  print(`${String(version)}:kms:${wrapped.toString('base64')}`);
}

/** `consentry keys status` */
export async function printStatus(): Promise<void> {
  await withKeys(async (deps) => report(await readStatus(deps)));
}

/** `consentry keys rotate` */
export async function rotate(batchSize: number): Promise<void> {
  await withKeys(async (deps) => {
    await rotateAll(deps, batchSize);
    report(await readStatus(deps));
  });
}

/** The dependencies of the commands: both databases. */
type KeyDeps = RotationDeps & MoveDeps;

async function withKeys(work: (deps: KeyDeps) => Promise<void>): Promise<void> {
  await withMigratedDatabase((config) => withKeyring(config, work));
}

async function withKeyring(config: Config, work: (deps: KeyDeps) => Promise<void>): Promise<void> {
  const url = directUrlOf(config);
  const keyring = await openMasterKeys(config, createLogger({ level: config.logLevel }));
  const db = openPostgres({ url, poolSize: 2, applicationName: 'consentry-keys' });
  const masterSealer = createSealer(keyring);
  try {
    const keyStore = await openKeyStore({ url: config.keyStoreUrl, db, keyring, masterSealer });
    try {
      const columns = [
        ...MASTER_SEALED_COLUMNS.map((column) => ({ ...column, db })),
        ...KEY_STORE_SEALED_COLUMNS.map((column) => ({ ...column, db: keyStore.db })),
      ];
      await work({ db, keyring, masterSealer, columns, leaves: keyStore });
    } finally {
      await keyStore.close();
    }
  } finally {
    await db.close();
    keyring.close();
  }
}

const ACCOUNT_KEYS = 'account_keys.wrapped_key';

/** As {@link readKeyStatus}, with the keys of accounts that a master key still wraps, although a leaf of the key store should. */
async function readStatus(deps: KeyDeps): Promise<KeyStatus> {
  const [status, byVersion] = [await readKeyStatus(deps), await countUnmovedKeys(deps.db)];
  const unmoved = [...byVersion.values()].reduce((sum, count) => sum + count, 0);
  return {
    ...status,
    columns: [{ name: ACCOUNT_KEYS, byVersion }, ...status.columns],
    remaining: status.remaining + unmoved,
  };
}

async function rotateAll(deps: KeyDeps, batchSize: number): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const { signal } = stopping;
    await moveAccountKeys(deps, {
      batchSize,
      signal,
      onProgress: (progress) => showProgress({ ...progress, column: ACCOUNT_KEYS }),
    });
    await rotateMasterKey(deps, {
      batchSize,
      signal,
      onProgress: showProgress,
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const BAR = 24;

/** One line that moves on a terminal, a line for each batch elsewhere. */
function showProgress({ column, done, total }: RotationProgress): void {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
  const line = `${column.padEnd(32)} ${bar} ${String(done)} of ${String(total)}`;
  const isTerminal = process.stderr.isTTY;
  process.stderr.write(isTerminal ? `\r${line}${share === 1 ? '\n' : ''}` : `${line}\n`);
}

function report({ current, columns, remaining }: KeyStatus): void {
  const width = Math.max(...columns.map(({ name }) => name.length));
  for (const { name, byVersion } of columns) {
    const counts = [...byVersion].toSorted(([a], [b]) => b - a);
    const words = counts.map(([version, count]) => `${String(count)} under ${String(version)}`);
    print(`${name.padEnd(width)} ${words.length === 0 ? 'none' : words.join(', ')}`);
  }
  if (remaining === 0) {
    return print(
      `Everything is encrypted with master key ${String(current)}. Older keys can be removed.`,
    );
  }
  print(
    `${String(remaining)} rows are not encrypted with master key ${String(current)} or with the key store yet. Keep the older keys.`,
  );
  process.exitCode = SOMETHING_REMAINS;
}
