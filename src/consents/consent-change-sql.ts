import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { ConsentChange } from './consent-change.ts';
import type { Consent, ConsentItem } from './consent.ts';

/** A change of one consent, with its state before and after. */
export interface ConsentStep {
  readonly before: Consent;
  readonly after: Consent;
  readonly change: ConsentChange;
  /** Nothing is written for an app that was deleted. */
  readonly needsApp: boolean;
  /** Nothing is written where it does not hold. */
  readonly condition: SqlStatement | null;
}

/**
 * Members of a `with` clause that write a change. `changed` returns the row of the consent if it still has the version that
 * was read, `condition` holds and, where `needsApp`, the app was not deleted; else no row. The others write only if there is a row.
 */
export function changeMembers({
  before,
  after,
  change,
  needsApp,
  condition,
}: ConsentStep): SqlStatement[] {
  const holds = condition ?? sql`true`;
  // A deletion locks the row of the app: it comes before this statement or after its commit.
  const app = needsApp
    ? sql`select 1 from clients where id = ${after.clientId} and status <> 'deleted' and ${holds}
        for key share`
    : sql`select 1 where ${holds}`;
  const changed = before.version === 0 ? insertion(after) : update(before, after);
  return [sql`app as (${app})`, sql`changed as (${changed})`, ...rowsOf(change, after)];
}

function insertion({ requestedClaimNames, ...after }: Consent): SqlStatement {
  const { id, accountId, clientId, version, status, createdAt, updatedAt, grantId } = after;
  return sql`insert into consents ${sql.selected({
    id,
    accountId,
    clientId,
    version,
    status,
    createdAt,
    updatedAt,
    grantId,
    askedClaims: JSON.stringify(requestedClaimNames),
  })} from app on conflict (account_id, client_id) where status = 'active' do nothing returning id`;
}

function update(before: Consent, after: Consent): SqlStatement {
  const withdrawnAt = after.status === 'withdrawn' ? after.updatedAt : null;
  return sql`update consents set version = ${after.version}, status = ${after.status}, updated_at = ${after.updatedAt},
      withdrawn_at = ${withdrawnAt}, suspended_at = ${after.suspendedAt}, suspended_for = ${after.suspendedFor},
      grant_id = ${after.grantId}, grant_created_at = ${after.grantCreatedAt},
      asked_claims = ${JSON.stringify(after.requestedClaimNames)}
    where id = ${before.id} and version = ${before.version} and status = 'active'
      and exists (select 1 from app) returning id`;
}

/** Members that write the decisions of a change for the row of `changed`. */
function rowsOf(change: ConsentChange, { updatedAt }: Consent): SqlStatement[] {
  const { items = [], scopes = [], keptTerms = [], dropped, expired = [] } = change;
  const members: SqlStatement[] = [];
  if (items.length > 0) members.push(itemInsertion(items));
  if (scopes.length > 0) {
    members.push(sql`scopes as (insert into consent_scopes (consent_id, scope, resource, decision, decided_at)
      select changed.id, decided.scope, coalesce(decided.resource, ''), decided.decision, ${updatedAt}::timestamptz
      from changed, json_to_recordset(${JSON.stringify(scopes)}::json)
        as decided (scope text, resource text, decision text)
      on conflict (consent_id, scope, resource) do update
        set decision = excluded.decision, decided_at = excluded.decided_at)`);
  }
  if (keptTerms.length > 0) {
    members.push(sql`kept as (update consent_items
      set kept_version = terms."keptVersion", seen_duration = terms."seenDuration"
      from changed, json_to_recordset(${JSON.stringify(keptTerms)}::json)
        as terms (claim text, "keptVersion" integer, "seenDuration" text)
      where consent_items.consent_id = changed.id and consent_items.claim = terms.claim)`);
  }
  if (dropped !== undefined && dropped.claims.length > 0) {
    members.push(sql`dropped_items as (delete from consent_items using changed
      where consent_items.consent_id = changed.id and consent_items.claim = any(${dropped.claims}::text[]))`);
  }
  if (dropped !== undefined && dropped.scopes.length > 0) {
    const names = dropped.scopes.map(({ scope }) => scope);
    const resources = dropped.scopes.map(({ resource }) => resource ?? '');
    members.push(sql`dropped_scopes as (delete from consent_scopes using changed
      where consent_scopes.consent_id = changed.id
        and (consent_scopes.scope, consent_scopes.resource)
          in (select * from unnest(${names}::text[], ${resources}::text[])))`);
  }
  if (expired.length > 0) {
    members.push(sql`recorded as (update consent_items set expiry_told_at = now()
      from changed
      where consent_items.consent_id = changed.id
        and consent_items.claim = any(${expired.map(({ claim }) => claim)}::text[]))`);
  }
  return members;
}

function itemInsertion(items: readonly ConsentItem[]): SqlStatement {
  return sql`items as (insert into consent_items (consent_id, claim, decision, attribute_id, is_essential,
      purpose_version, purpose, duration, seen_duration, kept_version, decided_at, expires_at, spent_at)
    select changed.id, claim, decision, "attributeId", "isEssential", "purposeVersion", purpose, duration,
      "seenDuration", "keptVersion", "decidedAt", "expiresAt", "usedAt"
    from changed, json_to_recordset(${JSON.stringify(items)}::json) as decided (claim text, decision text,
      "attributeId" uuid, "isEssential" boolean, "purposeVersion" integer, purpose jsonb, duration text,
      "seenDuration" text, "keptVersion" integer, "decidedAt" timestamptz, "expiresAt" timestamptz,
      "usedAt" timestamptz)
    on conflict (consent_id, claim) do update set decision = excluded.decision,
      attribute_id = excluded.attribute_id, is_essential = excluded.is_essential,
      purpose_version = excluded.purpose_version, purpose = excluded.purpose, duration = excluded.duration,
      seen_duration = excluded.seen_duration, kept_version = excluded.kept_version,
      decided_at = excluded.decided_at, expires_at = excluded.expires_at, spent_at = excluded.spent_at,
      expiry_told_at = null)`;
}
