import { randomBytes } from 'node:crypto';

import type { ChangeFeed } from '../change-feed.ts';
import type { Clock } from '../clock.ts';
import type { KeySource, Sealer, VersionedKey } from './encryption.ts';
import type { JobKind } from '../jobs/jobs.ts';
import type { Database } from '../postgres/postgres.ts';
import type { KeyStore } from './key-store.ts';
import {
  createFormerKeyStore,
  createTransientKeyStore,
  type TransientKeyRow,
} from './transient-key-store.ts';

/** Keys for values that are kept for hours. The newest key seals; a key is destroyed when all values it sealed have expired. */
export interface TransientKeys extends KeySource {
  /** Reads the keys again, to open a value that another node sealed with a newer key. @throws AppError `unavailable`. */
  reload(): Promise<void>;
  /**
   * Creates the key of a new day if the newest is older than a day, and destroys keys that are no longer needed.
   * @returns the number of destroyed keys.
   */
  renew(): Promise<number>;
  /** Destroys all keys: no value that was sealed before can be opened again. */
  destroyAll(): Promise<void>;
  /** Adds keys that other nodes created, and removes those that they destroyed. */
  refresh(): Promise<void>;
}

interface TransientKeysDeps {
  /** The main database: changes are announced through it. */
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly keyring: KeySource;
  /** Encrypts with the keys of `keyring`; it sealed the keys of versions without a key store. */
  readonly masterSealer: Sealer;
  /** Holds the keys, so that a dump of the main database does not contain them. */
  readonly keyStore: Pick<KeyStore, 'db' | 'sealer'>;
}

const DAY_MS = 86_400_000;
/** Longer than the life of every value they seal: codes are kept for 26 hours, mails are tried for a day. */
const KEPT_MS = 2 * DAY_MS;
/** A node seals with a new key only after this time, when every node has received it. */
const NOTICE_MS = 60_000;
const TOPIC = 'keys';

interface Loaded {
  readonly row: TransientKeyRow;
  readonly key: VersionedKey;
}

/** Loads the keys, and creates the first one. */
export async function openTransientKeys(deps: TransientKeysDeps): Promise<TransientKeys> {
  const { db, feed, clock, keyring, keyStore } = deps;
  let loaded: readonly Loaded[] = [];
  let arranged: readonly VersionedKey[] = [];
  let sealsFrom = Number.NEGATIVE_INFINITY;

  const arrange = (): void => {
    const now = clock.now().getTime();
    const [newest, ...older] = loaded;
    const isAnnounced = newest === undefined || newest.row.createdAt.getTime() + NOTICE_MS <= now;
    const order =
      isAnnounced || older[0] === undefined ? loaded : [older[0], newest, ...older.slice(1)];
    arranged = order.map(({ key }) => key);
    sealsFrom = isAnnounced
      ? Number.POSITIVE_INFINITY
      : (newest?.row.createdAt.getTime() ?? 0) + NOTICE_MS;
  };
  const load = async (): Promise<void> => {
    const rows = await createTransientKeyStore(keyStore.db).list();
    const known = new Map(loaded.map((entry) => [entry.row.version, entry]));
    loaded = rows.map((row) => known.get(row.version) ?? { row, key: open(keyStore.sealer, row) });
    arrange();
  };
  // A node that cannot read the keys now uses those in memory, and is notified of the next change.
  feed.subscribe(TOPIC, () => void load().catch(() => undefined));
  await load();
  if (loaded.length === 0) {
    await takeOver(deps);
    await addKey(deps);
    await load();
  }

  return {
    keys: () => {
      // A node that may no longer use the master keys must not use the keys that they opened.
      keyring.keys();
      if (clock.now().getTime() >= sealsFrom) arrange();
      return arranged;
    },
    reload: load,
    renew: async () => {
      await addKey(deps);
      const before = new Date(clock.now().getTime() - KEPT_MS);
      const removed = await createTransientKeyStore(keyStore.db).removeReplacedBefore(before);
      await createFormerKeyStore(db).removeBefore(before);
      await feed.publish(db, TOPIC, 'transient');
      await load();
      return removed;
    },
    destroyAll: async () => {
      await replaceAll(deps);
      await load();
    },
    refresh: load,
  };
}

/** The job that makes new keys and destroys old ones. */
export function transientKeyJobs(keys: Pick<TransientKeys, 'renew'>): readonly JobKind[] {
  return [{ name: 'renew-transient-keys', schedule: '23 * * * *', run: () => keys.renew() }];
}

/** Copies the keys of an installation that had no key store, so that the values they sealed can be opened until they expire. */
async function takeOver({ db, masterSealer, keyStore }: TransientKeysDeps): Promise<void> {
  const former = await createFormerKeyStore(db).list();
  await keyStore.db.transaction(async (tx) => {
    const store = createTransientKeyStore(tx);
    await store.lock();
    if ((await store.list()).length > 0) return;
    for (const row of former) {
      const { key } = open(masterSealer, row);
      const wrappedKey = keyStore.sealer.seal(key, transientKeyContext(row.version));
      await store.insert({ ...row, wrappedKey });
    }
  });
}

async function replaceAll({ db, clock, keyStore }: TransientKeysDeps): Promise<void> {
  await keyStore.db.transaction(async (tx) => {
    const store = createTransientKeyStore(tx);
    await store.lock();
    const [newest] = await store.list();
    await store.removeOlder(await insertNext(keyStore, store, { newest, createdAt: clock.now() }));
  });
  await createFormerKeyStore(db).removeAll();
}

/** Adds the key of a new day, unless the newest is younger than that. */
async function addKey({ db, feed, clock, keyStore }: TransientKeysDeps): Promise<void> {
  await keyStore.db.transaction(async (tx) => {
    const store = createTransientKeyStore(tx);
    await store.lock();
    const [newest] = await store.list();
    const createdAt = clock.now();
    if (newest !== undefined && createdAt.getTime() - newest.createdAt.getTime() < DAY_MS) return;
    await insertNext(keyStore, store, { newest, createdAt });
  });
  await feed.publish(db, TOPIC, 'transient');
}

/** Stores a new random key after the newest. @returns its version. */
async function insertNext(
  { sealer }: TransientKeysDeps['keyStore'],
  store: ReturnType<typeof createTransientKeyStore>,
  { newest, createdAt }: { readonly newest: TransientKeyRow | undefined; readonly createdAt: Date },
): Promise<number> {
  const version = (newest?.version ?? 0) + 1;
  const wrappedKey = sealer.seal(randomBytes(32), transientKeyContext(version));
  await store.insert({ version, wrappedKey, createdAt });
  return version;
}

function open(sealer: Sealer, { version, wrappedKey }: TransientKeyRow): VersionedKey {
  return { version, key: sealer.open(wrappedKey, transientKeyContext(version)) };
}

/** The context for which such a key is sealed. */
export function transientKeyContext(version: number): string {
  return `transient_keys:wrapped_key:${String(version)}`;
}
