import type { Database } from '../platform/postgres/postgres.ts';
import { createPreviousTermsStore, type PreviousTermsStore } from './previous-terms-store.ts';
import { createConsentEventStore, type ConsentEventStore } from './consent-event-store.ts';
import type { RequestedClaimNames, Consent, ConsentItem, ConsentScope } from './consent.ts';

export interface ConsentStore extends ConsentEventStore, PreviousTermsStore {
  findActive(accountId: string, clientId: string): Promise<Consent | null>;
  /** As `findActive`, and holds other changes of it back until the transaction ends. */
  lockActive(accountId: string, clientId: string): Promise<Consent | null>;
  /** Newest first. */
  listActive(accountId: string): Promise<Consent[]>;
  /** Active ones of an app, in no order. */
  listActiveOf(clientId: string, limit: number): Promise<Consent[]>;
  /** Makes an empty active consent unless there is one; of several at once one makes it. */
  insertUnlessActive(consent: NewConsentRow): Promise<void>;
  saveVersion(change: VersionChange): Promise<void>;
  saveAskedClaims(consentId: string, asked: RequestedClaimNames): Promise<void>;
  saveItems(consentId: string, items: readonly ConsentItem[]): Promise<void>;
  saveScopes(consentId: string, scopes: readonly ConsentScope[], decidedAt: Date): Promise<void>;
  markWithdrawn(consentId: string, withdrawnAt: Date): Promise<void>;
  /**
   * Marks values that are shared once as released. Of several callers at once exactly one wins each claim.
   * @returns the claims this caller won; none that were decided otherwise since, or when the consent is not active.
   */
  spend(consentId: string, values: readonly SharedValue[], usedAt: Date): Promise<string[]>;
}

/** A value as it was shared when it was read. */
export interface SharedValue {
  readonly claim: string;
  readonly attributeId: string;
}

export type NewConsentRow = Pick<Consent, 'id' | 'accountId' | 'clientId' | 'createdAt'>;
export type VersionChange = Pick<Consent, 'id' | 'version' | 'updatedAt'>;

interface ConsentRow extends Omit<Consent, 'items' | 'scopes'> {
  readonly items: readonly JsonItem[];
  readonly scopes: readonly ConsentScope[];
}

/** Moments come as text out of JSON. */
interface JsonItem extends Omit<ConsentItem, 'decidedAt' | 'expiresAt' | 'usedAt'> {
  readonly decidedAt: string;
  readonly expiresAt: string | null;
  readonly usedAt: string | null;
}

// One statement, so that a consent is never put together from two versions.
const SELECT = `select consents.id, consents.account_id as "accountId", consents.client_id as "clientId",
    consents.version, consents.status, consents.created_at as "createdAt", consents.updated_at as "updatedAt",
    consents.suspended_at as "suspendedAt",
    case when consents.suspended_at is not null then coalesce(consents.suspended_for, 'unused') end as "suspendedFor", consents.asked_claims as "requestedClaimNames", consents.grant_id as "grantId",
    coalesce(consents.grant_created_at, consents.created_at) as "grantCreatedAt",
    (select coalesce(json_agg(json_build_object(
        'claim', item.claim, 'decision', item.decision, 'attributeId', item.attribute_id,
        'isEssential', item.is_essential, 'purposeVersion', item.purpose_version, 'purpose', item.purpose,
        'duration', item.duration, 'seenDuration', item.seen_duration, 'keptVersion', item.kept_version,
        'decidedAt', item.decided_at, 'expiresAt', item.expires_at, 'usedAt', item.spent_at)
        order by item.claim), '[]')
      from consent_items as item where item.consent_id = consents.id) as items,
    (select coalesce(json_agg(json_build_object(
        'scope', answer.scope, 'resource', nullif(answer.resource, ''), 'decision', answer.decision)
        order by answer.scope), '[]')
      from consent_scopes as answer where answer.consent_id = consents.id) as scopes
  from consents`;

/** Tables `consents`, `consent_items` and `consent_scopes`, with their events. */
export function createConsentStore(db: Database): ConsentStore {
  return Object.freeze({
    ...readers(db),
    ...decisionWriters(db),
    ...lifeWriters(db),
    ...createConsentEventStore(db),
    ...createPreviousTermsStore(db),
  });
}

type Readers = Pick<ConsentStore, 'findActive' | 'lockActive' | 'listActive' | 'listActiveOf'>;

function readers(db: Database): Readers {
  const findActive = async (accountId: string, clientId: string) => {
    const [row] = await db.query<ConsentRow>({
      name: 'consents-find-active',
      text: `${SELECT} where account_id = $1 and client_id = $2 and status = 'active'`,
      values: [accountId, clientId],
    });
    return row === undefined ? null : toConsent(row);
  };
  return {
    findActive,
    lockActive: async (accountId, clientId) => {
      await db.execute({
        name: 'consents-lock-active',
        text: `select 1 from consents where account_id = $1 and client_id = $2 and status = 'active' for update`,
        values: [accountId, clientId],
      });
      // Read after the lock was got: a statement that waits for a lock may see old items beside the new row.
      return findActive(accountId, clientId);
    },
    listActive: async (accountId) => {
      const rows = await db.query<ConsentRow>({
        name: 'consents-list-active',
        text: `${SELECT} where account_id = $1 and status = 'active' order by created_at desc, id`,
        values: [accountId],
      });
      return rows.map(toConsent);
    },
    listActiveOf: async (clientId, limit) => {
      const rows = await db.query<ConsentRow>({
        name: 'consents-list-active-of',
        text: `${SELECT} where client_id = $1 and status = 'active' limit $2`,
        values: [clientId, limit],
      });
      return rows.map(toConsent);
    },
  };
}

type DecisionWriters = Pick<
  ConsentStore,
  'saveVersion' | 'saveAskedClaims' | 'saveItems' | 'saveScopes' | 'spend'
>;

function decisionWriters(db: Database): DecisionWriters {
  return {
    saveVersion: async (change) => {
      await db.execute({
        name: 'consents-save-version',
        text: 'update consents set version = $2, updated_at = $3 where id = $1',
        values: [change.id, change.version, change.updatedAt],
      });
    },
    saveAskedClaims: async (consentId, asked) => {
      await db.execute({
        name: 'consents-save-asked-claims',
        text: 'update consents set asked_claims = $2 where id = $1',
        values: [consentId, JSON.stringify(asked)],
      });
    },
    saveItems: async (consentId, items) => {
      await db.execute({
        name: 'consents-save-items',
        text: `insert into consent_items (consent_id, claim, decision, attribute_id, is_essential, purpose_version,
            purpose, duration, seen_duration, kept_version, decided_at, expires_at, spent_at)
          select $1, claim, decision, "attributeId", "isEssential", "purposeVersion", purpose, duration, "seenDuration",
            "keptVersion", "decidedAt", "expiresAt", "usedAt"
          from json_to_recordset($2::json) as decided (claim text, decision text, "attributeId" uuid,
            "isEssential" boolean, "purposeVersion" integer, purpose jsonb, duration text, "seenDuration" text,
            "keptVersion" integer, "decidedAt" timestamptz, "expiresAt" timestamptz, "usedAt" timestamptz)
          on conflict (consent_id, claim) do update set decision = excluded.decision,
            attribute_id = excluded.attribute_id, is_essential = excluded.is_essential,
            purpose_version = excluded.purpose_version, purpose = excluded.purpose, duration = excluded.duration,
            seen_duration = excluded.seen_duration, kept_version = excluded.kept_version,
            decided_at = excluded.decided_at, expires_at = excluded.expires_at, spent_at = excluded.spent_at,
            expiry_told_at = null`,
        values: [consentId, JSON.stringify(items)],
      });
    },
    saveScopes: async (consentId, scopes, decidedAt) => {
      await db.execute({
        name: 'consents-save-scopes',
        text: `insert into consent_scopes (consent_id, scope, resource, decision, decided_at)
          select $1, scope, coalesce(resource, ''), decision, $3
          from json_to_recordset($2::json) as decided (scope text, resource text, decision text)
          on conflict (consent_id, scope, resource) do update
            set decision = excluded.decision, decided_at = excluded.decided_at`,
        values: [consentId, JSON.stringify(scopes), decidedAt],
      });
    },
    spend: async (consentId, values, usedAt) => {
      const rows = await db.query<{ claim: string }>({
        name: 'consents-spend',
        text: `update consent_items set spent_at = $3
          from consents
          where consent_items.consent_id = $1 and consent_items.spent_at is null
              and (consent_items.claim, consent_items.attribute_id) in (select * from unnest($2::text[], $4::uuid[]))
            and consent_items.decision = 'share' and consent_items.duration = 'once'
            and consents.id = $1 and consents.status = 'active'
          returning consent_items.claim`,
        values: [
          consentId,
          values.map(({ claim }) => claim),
          usedAt,
          values.map(({ attributeId }) => attributeId),
        ],
      });
      return rows.map(({ claim }) => claim);
    },
  };
}

type LifeWriters = Omit<
  ConsentStore,
  keyof (Readers & DecisionWriters & ConsentEventStore & PreviousTermsStore)
>;

function lifeWriters(db: Database): LifeWriters {
  return {
    insertUnlessActive: async (consent) => {
      await db.execute({
        name: 'consents-insert-unless-active',
        text: `insert into consents (id, account_id, client_id, version, status, created_at, updated_at)
          values ($1, $2, $3, 0, 'active', $4, $4)
          on conflict (account_id, client_id) where status = 'active' do nothing`,
        values: [consent.id, consent.accountId, consent.clientId, consent.createdAt],
      });
    },
    markWithdrawn: async (consentId, withdrawnAt) => {
      await db.execute({
        name: 'consents-mark-withdrawn',
        text: `update consents set status = 'withdrawn', withdrawn_at = $2, updated_at = $2, version = version + 1
          where id = $1`,
        values: [consentId, withdrawnAt],
      });
    },
  };
}

function toConsent(row: ConsentRow): Consent {
  return Object.freeze({ ...row, items: row.items.map(toItem) });
}

function toItem(item: JsonItem): ConsentItem {
  return {
    ...item,
    decidedAt: new Date(item.decidedAt),
    expiresAt: toDate(item.expiresAt),
    usedAt: toDate(item.usedAt),
  };
}

function toDate(moment: string | null): Date | null {
  return moment === null ? null : new Date(moment);
}
