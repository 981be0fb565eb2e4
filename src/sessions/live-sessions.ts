import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import { requireNames, type StoredSession } from './session.ts';
import type { SessionStore } from './session-store.ts';

interface LiveSessionsDeps {
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly store: SessionStore;
}

const MOST_COPIES = 20_000;

/**
 * Finds live sessions. The rows in Postgres are the only record of them. Copies of rows in the memory of this process answer
 * instead while the change feed is fresh; a change on any node drops the copies of the row on every node.
 */
export function createLiveSessions({ feed, clock, store }: LiveSessionsDeps) {
  // Text takes less memory, and each caller gets a value of its own.
  const copies = createFreshCache<string | null>({
    feed,
    topic: 'session',
    maxEntries: MOST_COPIES,
    load: async (uid) => {
      const row = await store.findByUid(uid, clock.now());
      return row === null ? null : JSON.stringify(row);
    },
  });
  /** The uid for the fingerprint of an id. An id always belongs to the same session, so entries never become wrong. */
  const uids = new Map<string, string>();
  const noteId = (key: Buffer, uid: string): void => {
    if (uids.size >= MOST_COPIES) uids.delete(uids.keys().next().value ?? '');
    uids.set(key.toString('base64url'), uid);
  };

  const readCopy = async (uid: string): Promise<StoredSession | null> => {
    const copy = await copies.get(uid);
    return copy === null ? null : (JSON.parse(copy) as StoredSession);
  };
  const reread = (uid: string): Promise<StoredSession | null> => {
    copies.drop(uid);
    return readCopy(uid);
  };
  const findByUid = async (uid: string): Promise<StoredSession | null> => {
    const copy = await readCopy(uid);
    if (copy === null || copy.expiresAt > clock.now().getTime()) return copy;
    // Another node may have extended it.
    return reread(uid);
  };

  return {
    findByUid,

    /** The row as it is now. */
    reread,

    /** By the value of the cookie. */
    findById: async (id: string): Promise<StoredSession | null> => {
      const key = fingerprint(id);
      const uid = uids.get(key.toString('base64url'));
      const copy = uid === undefined ? null : await findByUid(uid);
      if (copy?.payload.jti === id) return copy;
      // The id is unknown here, was retired, or is newer than the copy.
      const row = await store.findByFingerprint(key, clock.now());
      if (row !== null) noteId(key, requireNames(row.payload).uid);
      return row;
    },

    /** Keeps a new session that is stored now, as JSON of a {@link StoredSession}; see `keep` of the cache. */
    keep: copies.keep,

    /** Records the fingerprint of the id of a session that this node has written. */
    noteId,
  };
}

export type LiveSessions = ReturnType<typeof createLiveSessions>;
