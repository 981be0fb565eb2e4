import type { Database } from '../../platform/postgres/postgres.ts';
import type { Consent } from '../consent.ts';

/** A consent with an expired decision that is not in the history yet. */
export type ConsentWithExpired = Pick<Consent, 'id' | 'accountId' | 'clientId'>;

export interface ExpiryStore {
  list(now: Date, limit: number): Promise<ConsentWithExpired[]>;
  /** @returns the claims that ran out by `now` and were not marked until now. */
  markTold(consentId: string, now: Date): Promise<string[]>;
}

/** The expiry times in table `consent_items`, and whether they are in the history. */
export function createExpiryStore(db: Database): ExpiryStore {
  return Object.freeze({
    list: (now: Date, limit: number) =>
      db.query<ConsentWithExpired>({
        name: 'consents-list-expired',
        text: `select distinct consents.id, consents.account_id as "accountId", consents.client_id as "clientId"
          from consent_items join consents on consents.id = consent_items.consent_id
          where consent_items.expires_at <= $1 and consent_items.expiry_told_at is null
            and consent_items.decision = 'share' and consents.status = 'active'
          limit $2`,
        values: [now, limit],
      }),
    markTold: async (consentId: string, now: Date) => {
      const rows = await db.query<{ claim: string }>({
        name: 'consents-mark-expiry-told',
        text: `update consent_items set expiry_told_at = $2
          where consent_id = $1 and expires_at <= $2 and expiry_told_at is null and decision = 'share'
          returning claim`,
        values: [consentId, now],
      });
      return rows.map(({ claim }) => claim);
    },
  });
}
