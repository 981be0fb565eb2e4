import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import { changeMembers, type ConsentStep } from './consent-change-sql.ts';
import type { Consent, ConsentEvent, ConsentItem, ConsentKey } from './consent.ts';

/** A value as it was shared when it was read. */
export interface SharedValue {
  readonly claim: string;
  readonly attributeId: string;
}

/** A step to be written; see `transition.ts`. */
interface ConsentWrite extends ConsentStep {
  /** Further members of the `with` clause that insert for the row of `changed`. */
  readonly records: readonly SqlStatement[];
  readonly notification: SqlStatement;
}

/** The access of an app that has ended. */
interface FormerAccess {
  readonly clientId: string;
  /** When it was connected for the first time. */
  readonly since: Date;
  readonly endedAt: Date;
}

/** Selects one app, or all apps without access. */
export interface FormerQuery {
  readonly accountId: string;
  readonly clientId?: string | undefined;
  readonly limit: number;
}

export interface EventQuery {
  readonly accountId: string;
  readonly clientId?: string | undefined;
  /** Only events older than the one with this id. */
  readonly before?: string | undefined;
  readonly from?: Date | undefined;
  /** Only events before this moment. */
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
}

const DEFAULT_EVENTS = 50;

interface ConsentRow extends Omit<Consent, 'items' | 'requestedClaimNames'> {
  readonly items: readonly JsonItem[];
  readonly askedClaims: Consent['requestedClaimNames'];
}

/** Moments come as text out of JSON. */
interface JsonItem extends Omit<ConsentItem, 'decidedAt' | 'expiresAt' | 'usedAt'> {
  readonly decidedAt: string;
  readonly expiresAt: string | null;
  readonly usedAt: string | null;
}

// One statement, so that a consent is never composed of two versions.
const SELECT = sql`select consents.id, consents.account_id, consents.client_id, consents.version, consents.status,
    consents.created_at, consents.updated_at, consents.suspended_at, consents.asked_claims, consents.grant_id,
    case when consents.suspended_at is not null then coalesce(consents.suspended_for, 'unused') end as suspended_for,
    coalesce(consents.grant_created_at, consents.created_at) as grant_created_at,
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

/** Tables `consents`, `consent_items` and `consent_scopes`, and reads of `consent_events`. */
export function createConsentStore(db: Database) {
  const list = async (where: SqlStatement): Promise<Consent[]> =>
    (await db.query<ConsentRow>(sql`${SELECT} where ${where}`)).map(toConsent);
  const findActive = async ({ accountId, clientId }: ConsentKey): Promise<Consent | null> => {
    const [consent] = await list(
      sql`account_id = ${accountId} and client_id = ${clientId} and status = 'active'`,
    );
    return consent ?? null;
  };
  return {
    findActive,

    /** As `findActive`, and other changes of it wait until the transaction ends. */
    async lockActive(key: ConsentKey): Promise<Consent | null> {
      await db.execute(sql`select 1 from consents
        where account_id = ${key.accountId} and client_id = ${key.clientId} and status = 'active' for update`);
      // Read after the lock was taken: a statement that waits for a lock may see old items beside the new row.
      return findActive(key);
    },

    /** Newest first. */
    listActive: (accountId: string) =>
      list(sql`account_id = ${accountId} and status = 'active' order by created_at desc, id`),

    /** The apps that had access and have none now, the last ended first. */
    listFormer: ({ accountId, clientId, limit }: FormerQuery) =>
      db.query<FormerAccess>(sql`select client_id, min(created_at) as since, max(withdrawn_at) as ended_at
        from consents where account_id = ${accountId} and withdrawn_at is not null
          and (${clientId}::text is null or client_id = ${clientId})
          and client_id <> all(select client_id from consents where account_id = ${accountId} and status = 'active')
        group by client_id order by ended_at desc, client_id limit ${limit}`),

    /** Active ones of an app, in no order. */
    listActiveOf: (clientId: string, limit: number) =>
      list(sql`client_id = ${clientId} and status = 'active' limit ${limit}`),

    /**
     * The account whose consent with this app has this grant id, also after the consent has ended; null when there is
     * none.
     */
    async findAccountOfGrant(grantId: string, clientId: string): Promise<string | null> {
      const [row] = await db.query<{ accountId: string }>(sql`select account_id from consents
        where grant_id = ${grantId} and client_id = ${clientId}`);
      return row?.accountId ?? null;
    },

    /**
     * @returns no row when the consent no longer has the version that was read, or its app was deleted; then nothing was written.
     */
    write({ records, notification, ...step }: ConsentWrite): Promise<unknown[]> {
      const members = [...changeMembers(step), ...records];
      return db.query(
        sql`with ${sql.list(members)} select changed.id, ${notification} from changed`,
      );
    },

    /**
     * Marks values that are shared once as released. Of concurrent callers exactly one gets each claim. @returns the
     * claims of this caller, without those whose decision has changed; none when the consent is not active.
     */
    async consumeOneTime(
      consentId: string,
      values: readonly SharedValue[],
      usedAt: Date,
    ): Promise<string[]> {
      const claims = values.map(({ claim }) => claim);
      const attributeIds = values.map(({ attributeId }) => attributeId);
      const rows = await db.query<{
        claim: string;
      }>(sql`update consent_items set spent_at = ${usedAt}
        from consents
        where consent_items.consent_id = ${consentId} and consent_items.spent_at is null
          and (consent_items.claim, consent_items.attribute_id)
            in (select * from unnest(${claims}::text[], ${attributeIds}::uuid[]))
          and consent_items.decision = 'share' and consent_items.duration = 'once'
          and consents.id = consent_items.consent_id and consents.status = 'active'
        returning consent_items.claim`);
      return rows.map(({ claim }) => claim);
    },

    /** The history, newest first. */
    listEvents(query: EventQuery): Promise<ConsentEvent[]> {
      const { accountId, clientId, before, from, until, limit = DEFAULT_EVENTS } = query;
      return db.query<ConsentEvent>(sql`select id, consent_id, account_id, client_id, kind, details, locale, occurred_at
        from consent_events
        where account_id = ${accountId} and (${clientId}::text is null or client_id = ${clientId})
          and (${before}::bigint is null or id < ${before})
          and (${from}::timestamptz is null or occurred_at >= ${from})
          and (${until}::timestamptz is null or occurred_at < ${until})
        order by occurred_at desc, id desc limit ${limit}`);
    },

    async isAppDeleted(clientId: string): Promise<boolean> {
      const rows = await db.query(
        sql`select 1 from clients where id = ${clientId} and status = 'deleted'`,
      );
      return rows.length > 0;
    },

    /** Has the app relinquished this claim? */
    async wasRelinquished({ id, accountId, clientId }: Consent, claim: string): Promise<boolean> {
      const rows = await db.query(sql`select 1 from consent_events
        where account_id = ${accountId} and client_id = ${clientId} and consent_id = ${id} and kind = 'handed_back'
          and details -> 'dropped' -> 'claims' ? ${claim}
        limit 1`);
      return rows.length > 0;
    },
  };
}

function toConsent({ askedClaims, items, ...row }: ConsentRow): Consent {
  return { ...row, requestedClaimNames: askedClaims, items: items.map(toItem) };
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
