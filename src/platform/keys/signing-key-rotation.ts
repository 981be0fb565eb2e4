import { AppError } from '../app-error.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { Clock } from '../clock.ts';
import type { Sealer } from './encryption.ts';
import type { JobKind } from '../jobs/jobs.ts';
import type { Database } from '../postgres/postgres.ts';
import { createSigningKeyStore, type StoredSigningKey } from './signing-key-store.ts';
import { addSigningKey, SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-keys.ts';

/** Records changes of keys in the transaction of the change. */
interface SigningKeyAudit {
  record(
    tx: Database,
    event: {
      readonly kind: `signing_key.${'published' | 'activated' | 'removed' | 'withdrawn'}`;
      readonly details: { readonly kid: string; readonly alg: string };
    },
  ): Promise<void>;
}

interface SigningKeyRotationDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly masterSealer: Sealer;
  readonly audit: SigningKeyAudit;
  /** The number of days after which a signing key gets a successor; 0: only by command. */
  readonly rotationDays: number;
  /**
   * For how long an ID token is used after its issue: as a hint (`id_token_hint`) during the session, beyond its own expiry. Without
   * it no retired key is removed.
   */
  readonly tokenSeconds?: number;
}

/** A key without its private part. */
type SigningKeySummary = Omit<StoredSigningKey, 'publicJwk' | 'sealedPrivateJwk'>;

/** The algorithm of receipts and of signed ends of the ledger. They have no expiry, so their keys stay published. */
const LASTING_ALGORITHM: SigningAlgorithm = 'ES256';

/** How long a new key is published before it signs: verifiers keep our key set for five minutes, some for longer. */
export const PUBLISHED_AHEAD_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Keys that are published: signing ones first, then their successors, then those that only verify. */
export async function listSigningKeys({
  db,
}: Pick<SigningKeyRotationDeps, 'db'>): Promise<SigningKeySummary[]> {
  const keys = await createSigningKeyStore(db).list();
  return keys.map(({ kid, alg, version, status, createdAt, retiredAt }) => ({
    kid,
    alg,
    version,
    status,
    createdAt,
    retiredAt,
  }));
}

/**
 * Publishes a successor for every signing key without one. It signs from an hour later, when {@link advanceSigningKeys}
 * runs; its predecessor verifies until it is withdrawn.
 * @returns the new key ids.
 */
export async function rotateSigningKeys(deps: SigningKeyRotationDeps): Promise<string[]> {
  return changeKeys(deps, (tx, keys) =>
    addSuccessors(deps, tx, { keys, algorithms: SIGNING_ALGORITHMS }),
  );
}

/**
 * The scheduled step: successors that were published long enough start to sign, old keys get a successor, and keys whose last
 * token has expired are removed. The private part of a key is destroyed when the key stops signing.
 */
export async function advanceSigningKeys(deps: SigningKeyRotationDeps): Promise<void> {
  const now = deps.clock.now();
  await changeKeys(deps, async (tx, keys) => {
    const store = createSigningKeyStore(tx);
    const removed = keys.filter((key) => isOver(key, deps, now));
    for (const { kid, alg } of removed) {
      await store.remove(kid);
      await deps.audit.record(tx, { kind: 'signing_key.removed', details: { kid, alg } });
    }
    const isDue = (key: StoredSigningKey, ms: number): boolean =>
      now.getTime() - key.createdAt.getTime() >= ms;
    const promoted = keys.filter((key) => key.status === 'next' && isDue(key, PUBLISHED_AHEAD_MS));
    for (const { kid, alg } of promoted) {
      await store.retireCurrent(alg, now);
      await store.promote(kid);
      await deps.audit.record(tx, { kind: 'signing_key.activated', details: { kid, alg } });
    }
    const isOld = (key: StoredSigningKey): boolean =>
      deps.rotationDays > 0 && isDue(key, deps.rotationDays * DAY_MS);
    const old = new Set(
      keys.filter((key) => key.status === 'current' && isOld(key)).map(({ alg }) => alg),
    );
    const present = promoted.length > 0 ? await store.list() : keys;
    const replaced = new Set(promoted.map(({ alg }) => alg));
    const added = await addSuccessors(deps, tx, {
      keys: present,
      algorithms: SIGNING_ALGORITHMS.filter((alg) => old.has(alg) && !replaced.has(alg)),
    });
    await store.destroyRetiredPrivateParts(now);
    return [...[...promoted, ...removed].map(({ kid }) => kid), ...added];
  });
}

/** Has everything that the key signed expired? */
function isOver(
  { alg, retiredAt }: StoredSigningKey,
  { tokenSeconds }: Pick<SigningKeyRotationDeps, 'tokenSeconds'>,
  now: Date,
): boolean {
  if (alg === LASTING_ALGORITHM || retiredAt === null || tokenSeconds === undefined) return false;
  return now.getTime() - retiredAt.getTime() >= tokenSeconds * 1000;
}

/**
 * Destroys a key that may have leaked: within a second every node refuses all its signatures. If the key
 * signs, its successor starts to sign at once, or a new key if there is no successor.
 * @throws AppError `signing_key_not_found`.
 */
export async function withdrawSigningKey(
  deps: SigningKeyRotationDeps,
  { kid }: { readonly kid: string },
): Promise<void> {
  await changeKeys(deps, async (tx, keys) => {
    const found = keys.find((key) => key.kid === kid);
    if (found === undefined) throw new AppError('not_found', 'signing_key_not_found');
    const { alg } = found;
    const store = createSigningKeyStore(tx);
    await store.remove(kid);
    await deps.audit.record(tx, { kind: 'signing_key.withdrawn', details: { kid, alg } });
    if (found.status !== 'current') return [kid];
    const successor = keys.find((key) => key.alg === alg && key.status === 'next');
    if (successor !== undefined) await store.promote(successor.kid);
    else {
      await addSigningKey(deps, store, {
        alg: algorithmOf(alg),
        status: 'current',
      });
    }
    return [kid];
  });
}

/** The job that follows the schedule. */
export function signingKeyJobs(deps: SigningKeyRotationDeps): readonly JobKind[] {
  return [
    {
      name: 'advance-signing-keys',
      schedule: '*/10 * * * *',
      run: () => advanceSigningKeys(deps),
    },
  ];
}

/** One transaction at a time; its changes are announced to every node when it commits. @returns the changed key ids. */
async function changeKeys(
  { db, feed }: SigningKeyRotationDeps,
  work: (tx: Database, keys: readonly StoredSigningKey[]) => Promise<string[]>,
): Promise<string[]> {
  return db.transaction(async (tx) => {
    const store = createSigningKeyStore(tx);
    await store.lock();
    const changed = await work(tx, await store.list());
    if (changed.length > 0) await feed.publish(tx, 'signing-keys', changed.join(' '));
    return changed;
  });
}

async function addSuccessors(
  deps: SigningKeyRotationDeps,
  tx: Database,
  {
    keys,
    algorithms,
  }: {
    readonly keys: readonly StoredSigningKey[];
    readonly algorithms: readonly SigningAlgorithm[];
  },
): Promise<string[]> {
  const added: string[] = [];
  for (const alg of algorithms) {
    if (keys.some((key) => key.alg === alg && key.status === 'next')) continue;
    const store = createSigningKeyStore(tx);
    const kid = await addSigningKey(deps, store, {
      alg,
      status: 'next',
    });
    await deps.audit.record(tx, { kind: 'signing_key.published', details: { kid, alg } });
    added.push(kid);
  }
  return added;
}

function algorithmOf(alg: string): SigningAlgorithm {
  const known = SIGNING_ALGORITHMS.find((name) => name === alg);
  if (known === undefined) throw new Error(`there is no way to make a key for ${alg}`);
  return known;
}
