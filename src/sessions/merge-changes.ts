import { isSame, type SessionPayload } from './session.ts';

/**
 * A session after two requests changed it that had read the same version: `stored` was saved first, `changed` is to be saved.
 * Each app keeps the authorization that either of them gave to it. Null when another account signed in meanwhile.
 */
export function mergeChanges(
  read: SessionPayload,
  changed: SessionPayload,
  stored: SessionPayload,
): SessionPayload | null {
  if (stored.accountId !== read.accountId) return null;
  // Authorizations of one account are never given to another one.
  if (changed.accountId !== read.accountId) return changed;
  const authorizations = merge(
    read.authorizations ?? {},
    changed.authorizations ?? {},
    stored.authorizations ?? {},
  );
  return { ...merge<SessionPayload>(read, changed, stored), authorizations };
}

/** The members of `stored`, with the differences between `read` and `changed`. */
function merge<T extends object>(read: T, changed: T, stored: T): T {
  const before = new Map<string, unknown>(Object.entries(read));
  const merged = new Map<string, unknown>(Object.entries(stored));
  for (const [name, value] of Object.entries(changed)) {
    if (!isSame(value, before.get(name))) merged.set(name, value);
    before.delete(name);
  }
  for (const removed of before.keys()) merged.delete(removed);
  return Object.fromEntries(merged) as T;
}
