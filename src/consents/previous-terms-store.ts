import type { Database } from '../platform/postgres/postgres.ts';
import type { ConsentItem, Dropped } from './consent.ts';

/** The record of an answer that was kept. */
export type KeptItem = Pick<ConsentItem, 'claim' | 'keptVersion' | 'seenDuration'>;

export interface PreviousTermsStore {
  /** Records that the person kept earlier answers; changes nothing else of them. */
  keepItems(consentId: string, kept: readonly KeptItem[]): Promise<void>;
  drop(consentId: string, dropped: Dropped): Promise<void>;
}

/** Stores the answers that a changed request keeps, and removes the dropped ones. */
export function createPreviousTermsStore(db: Database): PreviousTermsStore {
  return Object.freeze({
    keepItems: async (consentId: string, kept: readonly KeptItem[]) => {
      await db.query({
        name: 'consents-keep-items',
        text: `update consent_items set kept_version = kept."keptVersion", seen_duration = kept."seenDuration"
          from json_to_recordset($2::json) as kept (claim text, "keptVersion" integer, "seenDuration" text)
          where consent_items.consent_id = $1 and consent_items.claim = kept.claim`,
        values: [consentId, JSON.stringify(kept)],
      });
    },
    drop: async (consentId: string, { claims, scopes }: Dropped) => {
      await db.query({
        name: 'consents-drop-items',
        text: 'delete from consent_items where consent_id = $1 and claim = any($2::text[])',
        values: [consentId, claims],
      });
      await db.query({
        name: 'consents-drop-scopes',
        text: `delete from consent_scopes where consent_id = $1
          and (scope, resource) in (select * from unnest($2::text[], $3::text[]))`,
        values: [
          consentId,
          scopes.map(({ scope }) => scope),
          scopes.map(({ resource }) => resource ?? ''),
        ],
      });
    },
  });
}
