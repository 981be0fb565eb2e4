import type { Database } from '../../platform/postgres/postgres.ts';
import type { Consent } from '../consent.ts';

/** Grant ids of table `consents`. */
export interface ManagedGrantStore {
  /** The account whose consent with this app has, or had until it ended, this grant id; null when there is none. */
  findAccount(grantId: string, clientId: string): Promise<string | null>;
  /** Gives an active consent a new grant id; the old one is unknown from then on. */
  rename(consentId: Consent['id'], at: Date): Promise<void>;
}

export function createManagedGrantStore(db: Database): ManagedGrantStore {
  return Object.freeze({
    findAccount: async (grantId: string, clientId: string) => {
      const [row] = await db.query<{ accountId: string }>({
        name: 'managed-grants-find',
        text: `select account_id as "accountId" from consents
          where grant_id = $1 and client_id = $2`,
        values: [grantId, clientId],
      });
      return row?.accountId ?? null;
    },
    rename: async (consentId: Consent['id'], at: Date) => {
      await db.query({
        name: 'managed-grants-rename',
        text: 'update consents set grant_id = default, grant_created_at = $2 where id = $1',
        values: [consentId, at],
      });
    },
  });
}
