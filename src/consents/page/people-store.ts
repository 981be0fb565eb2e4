import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

/** Reads the people of an app from the table `consents`. */
export function createPeopleStore(db: Database) {
  return {
    /** The number of people who have connected the app; larger numbers than `most` are not distinguished. */
    async count(clientId: string, most: number): Promise<number> {
      const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count from (
        select 1 from consents where client_id = ${clientId} and status = 'active' limit ${most}) as counted`);
      return row?.count ?? 0;
    },
  };
}
