import type { Database } from '../../platform/postgres/postgres.ts';
import type { Clock } from '../../platform/clock.ts';
import { createPeopleStore } from './people-store.ts';
import { MANY_PEOPLE } from './risk-sign.ts';

const REMEMBERED_MS = 600_000;
const MOST_APPS = 10_000;

/**
 * Counts the people who have connected an app, up to {@link MANY_PEOPLE}. A number is remembered for ten minutes, so that a page view
 * needs no statement; an app that once had many people is not counted again.
 */
export function createPeopleCounter({
  db,
  clock,
}: {
  readonly db: Database;
  readonly clock: Clock;
}) {
  const counts = new Map<string, { readonly people: number; readonly countedAt: number }>();
  return async (clientId: string): Promise<number> => {
    const now = clock.now().getTime();
    const known = counts.get(clientId);
    if (known !== undefined) {
      const isRecent = now - known.countedAt < REMEMBERED_MS;
      if (isRecent || known.people >= MANY_PEOPLE) return known.people;
    }
    const people = await createPeopleStore(db).count(clientId, MANY_PEOPLE);
    if (counts.size >= MOST_APPS) counts.clear();
    counts.set(clientId, { people, countedAt: now });
    return people;
  };
}
