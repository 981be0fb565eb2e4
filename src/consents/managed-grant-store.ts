import type { Database } from '../platform/postgres.ts';
import type { Consent } from './consent.ts';

/** Grant ids of table `consents`. */
export interface ManagedGrantStore {
  /** Whose consent an app names so, or named so until it ended; null when it is none of this app. */
  findAccount(grantId: string, clientId: string): Promise<string | null>;
  /** Gives an active consent a new grant id; the old one names nothing any more. */
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
