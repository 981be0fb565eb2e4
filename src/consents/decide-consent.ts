import { isAppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { ConsentText } from '../receipts/index.ts';
import { applyChange, newConsent, newGrantId } from './consent-change.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentKey, ConsentRequest } from './consent.ts';
import type { ConsentsContext } from './context.ts';
import { decideOutcome } from './decide-outcome.ts';
import { endsGrants, requireNamedGrant } from './grants/grant-action.ts';
import type { ConsentDecision } from './consent-decision.ts';
import { resolveRequest } from './requested-access.ts';
import { announce, transition, untilWritten, type Transition } from './transition.ts';

interface DecisionOfPerson {
  readonly accountId: string;
  readonly request: ConsentRequest;
  readonly decision: ConsentDecision;
}

interface DecideConsentInput extends DecisionOfPerson {
  /** The language of the page that the person saw. */
  readonly locale: string;
  /** The text of that page. */
  readonly text?: ConsentText | null | undefined;
  /**
   * Names the page and the submitted choices. When the same choices are submitted again, by a double click or after an outage, they are
   * one decision, unless another decision was made in between.
   */
  readonly pageId?: string | undefined;
}

/**
 * Records the decisions of one person for one app (OpenID Connect Core 1.0 §3.1.2.4). Claims and permissions that the app
 * does not request any more leave the consent; refusals stay. Everything is written together.
 * @throws AppError as `decideOutcome`; `grant_ended` when the grant in the request has ended.
 */
export async function decideConsent(
  ctx: ConsentsContext,
  input: DecideConsentInput,
): Promise<Consent> {
  const plan = await prepareDecision(ctx, input);
  const { accountId, request } = input;
  const key = { accountId, clientId: request.client.id };
  const isRepeated = repetitionOf(ctx, input);
  if (endsGrants(request.grantAction))
    return untilWritten(ctx, key, (db) => replaceGrant(ctx, db, { key, plan, isRepeated }));
  const after = await decideOnCopy(ctx, key, plan);
  return (
    after ??
    untilWritten(ctx, key, async (db) => {
      const known = await createConsentStore(db).findActive(key);
      if (known !== null && (await isRepeated(db, known))) return known;
      return transition(ctx, db, plan(known));
    })
  );
}

/**
 * The consent as it would be after this decision, for the preview before the decision. Nothing is written.
 * @throws AppError as `decideOutcome`.
 */
export async function draftConsent(
  ctx: ConsentsContext,
  input: DecisionOfPerson,
): Promise<Consent> {
  const { accountId, request } = input;
  const plan = await prepareDecision(ctx, { ...input, locale: 'en' });
  const { consent, change } = plan(await ctx.recent({ accountId, clientId: request.client.id }));
  return applyChange(consent, change, ctx.clock.now());
}

/**
 * Records that the person refused an app. An earlier consent stays as it was. The same `requestId` is recorded once, so that a page
 * which is sent twice is one refusal.
 */
export async function denyConsent(
  ctx: Pick<ConsentsContext, 'audit' | 'db' | 'tokens'>,
  { accountId, clientId, requestId }: ConsentKey & { readonly requestId: string },
): Promise<void> {
  const use = ctx.tokens.singleUse(`Denial:${JSON.stringify([accountId, clientId, requestId])}`);
  const event = { kind: 'consent.denied', accountId, clientId } as const;
  await ctx.db.query(
    sql`with used as (${use.insertion(sql`true`)}) ${ctx.audit.insertion(event, sql`used`)}`,
  );
}

type Plan = (known: Consent | null) => Transition;

type IsRepeated = (db: Database, known: Consent) => Promise<boolean>;

/** Did the same submission of the same page lead to the present version of the consent? */
function repetitionOf(ctx: ConsentsContext, input: DecideConsentInput): IsRepeated {
  return async (db, { version }) =>
    input.pageId !== undefined && (await useOf(ctx, input, version).wasRecorded(db));
}

/** The record that the submission of this page led to a version. */
function useOf(
  { tokens }: ConsentsContext,
  { accountId, pageId }: Pick<DecideConsentInput, 'accountId' | 'pageId'>,
  version: number,
) {
  return tokens.singleUse(`Decision:${JSON.stringify([accountId, pageId ?? null, version])}`);
}

/** The consent, if the submission of this page led to its present version; otherwise null. */
export async function findDecided(
  ctx: ConsentsContext,
  { accountId, clientId, pageId }: ConsentKey & { readonly pageId: string },
): Promise<Consent | null> {
  const known = await ctx.recent({ accountId, clientId });
  if (known === null) return null;
  const use = useOf(ctx, { accountId, pageId }, known.version);
  return (await use.wasRecorded(ctx.db)) ? known : null;
}

/** Reads everything except the consent on which the decision depends. */
async function prepareDecision(ctx: ConsentsContext, input: DecideConsentInput): Promise<Plan> {
  const { accountId, request, decision, locale, text, pageId } = input;
  const [catalogue, attributes] = await Promise.all([
    ctx.scopes.catalogue(),
    ctx.vault.recentAttributes(accountId),
  ]);
  const { client, grantAction } = request;
  const requested = resolveRequest(request, catalogue);
  return (known) => {
    const now = ctx.clock.now();
    const consent = known ?? newConsent({ accountId, clientId: client.id }, now);
    requireNamedGrant(consent, grantAction);
    const outcome = decideOutcome({ request, requested, consent, attributes, now }, decision);
    const isRenamed = grantAction?.kind === 'create' && known !== null;
    return {
      consent,
      change: isRenamed ? { ...outcome, grantId: newGrantId() } : outcome,
      event: { kind: decision.isKept === true ? 'kept' : 'allowed', locale, text },
      client,
      catalogue,
      ...(pageId !== undefined && { once: onceOn(ctx, input, consent.version) }),
    };
  };
}

function onceOn(
  ctx: ConsentsContext,
  input: DecideConsentInput,
  version: number,
): NonNullable<Transition['once']> {
  const use = useOf(ctx, input, version + 1).insertion(sql`exists (select 1 from changed)`);
  return { condition: useOf(ctx, input, version).isUnused(), record: sql`used as (${use})` };
}

/**
 * Most decisions use the cached consent of this node, and leave the new one there for the next request. If it is outdated, the
 * version check refuses the statement; if the decision does not fit it, the decision is applied to the stored consent instead.
 */
async function decideOnCopy(
  ctx: ConsentsContext,
  key: ConsentKey,
  plan: Plan,
): Promise<Consent | null> {
  let step: Transition;
  try {
    step = plan(await ctx.recent(key));
  } catch (error) {
    if (isAppError(error) && error.kind !== 'unavailable') return null;
    throw error;
  }
  const announcement = announce(ctx, key);
  return ctx.keepRecent(key, announcement.id, () =>
    transition(ctx, ctx.db, { ...step, announcement }),
  );
}

/**
 * All tokens of the consent end with the decision of a `replace` or `create` action, so that no token has more permissions
 * than the decision (Grant Management for OAuth 2.0 §5.2).
 */
function replaceGrant(
  ctx: ConsentsContext,
  db: Database,
  {
    key,
    plan,
    isRepeated,
  }: { readonly key: ConsentKey; readonly plan: Plan; readonly isRepeated: IsRepeated },
): Promise<Consent | null> {
  return db.transaction(async (tx) => {
    const known = await createConsentStore(tx).lockActive(key);
    if (known !== null && (await isRepeated(tx, known))) return known;
    const step = plan(known);
    await ctx.tokens.revokeGrants(tx, { consentId: step.consent.id });
    return transition(ctx, tx, step);
  });
}
