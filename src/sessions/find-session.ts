import { fingerprint } from '../platform/keys/encryption.ts';
import { recall, remember, type KnownSession } from './known-sessions.ts';
import { unlessRedisIsAway, type SessionDeps } from './session-deps.ts';
import type { SessionCopy, SessionKey } from './session-copy-store.ts';

/**
 * Finds a live session. The copy in Redis is believed only if it agrees with the row in Postgres in everything that
 * matters, so neither an ended session nor an earlier state of one comes back with a restored Redis.
 */
export async function findSession(
  deps: SessionDeps,
  key: SessionKey,
): Promise<KnownSession | null> {
  const recalled = recall(key);
  if (recalled !== undefined) return recalled.state === 'live' ? recalled : null;

  const copy = deps.copies === null ? null : await unlessRedisIsAway(deps.copies.read(key));
  const found =
    copy !== null && (await agreesWithRow(deps, copy)) ? copy : await findRow(deps, key, copy);
  if (found === null) return null;
  const known: KnownSession = { ...found, state: 'live' };
  remember(known);
  return known;
}

async function agreesWithRow(deps: SessionDeps, { payload }: SessionCopy): Promise<boolean> {
  const live = await deps.liveRows.get(payload.uid ?? '');
  return live !== null && live === deps.digest(payload);
}

async function findRow(
  deps: SessionDeps,
  key: SessionKey,
  copy: SessionCopy | null,
): Promise<SessionCopy | null> {
  const now = deps.clock.now();
  const stored =
    'id' in key
      ? await deps.store.findByFingerprint(fingerprint(key.id), now)
      : await deps.store.findByUid(key.uid, now);
  if (stored === null) return null;
  const digest = deps.digest(stored.payload);
  const row = { digest, expiresAt: stored.expiresAt.getTime() };
  // The notification of the change had not arrived yet: the copy is newer in the members that are not written to Postgres.
  const isCopyCurrent = copy !== null && deps.digest(copy.payload) === digest;
  return { payload: isCopyCurrent ? copy.payload : stored.payload, row };
}
