import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { ClientLogo, LogoFormat } from './client-logo.ts';

/** The files of logos, in the database: a logo is replaced and removed in the transaction of its app. */
export function createClientLogoStore(db: Database) {
  return {
    /** Replaces an earlier logo of the app. */
    async put(clientId: string, { digest, webp, png }: ClientLogo): Promise<void> {
      await db.query(sql`insert into client_logos ${sql.values({ clientId, digest, webp, png })}
        on conflict (client_id) do update
        set digest = excluded.digest, webp = excluded.webp, png = excluded.png`);
    },

    async remove(clientId: string): Promise<void> {
      await db.execute(sql`delete from client_logos where client_id = ${clientId}`);
    },

    /** The file of a logo that an app has; null when no app has it. */
    async find(digest: string, format: LogoFormat): Promise<Buffer | null> {
      const [row] = await db.query<{ content: Buffer }>(
        sql`select ${sql.identifier(format)} as content from client_logos
          where digest = ${digest} limit 1`,
      );
      return row?.content ?? null;
    },
  };
}
