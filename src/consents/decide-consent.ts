import { isAppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ConsentText } from '../receipts/index.ts';
import { applyChange, newConsent, newGrantId } from './consent-change.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentKey, ConsentRequest } from './consent.ts';
import type { ConsentsContext } from './context.ts';
import { decideOutcome } from './decide-outcome.ts';
import { endsGrants, requireNamedGrant } from './grants/grant-action.ts';
import type { ConsentDecision } from './page/consent-prompt.ts';
import { resolveRequest } from './requested-access.ts';
import { transition, untilWritten, type Transition } from './transition.ts';

export interface DecisionOfPerson {
  readonly accountId: string;
  readonly request: ConsentRequest;
  readonly decision: ConsentDecision;
}

export interface DecideConsentInput extends DecisionOfPerson {
  /** The language of the page that the person saw. */
  readonly locale: string;
  /** The text of that page. */
  readonly text?: ConsentText | null | undefined;
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
  if (endsGrants(request.grantAction))
    return untilWritten(ctx, key, (db) => replaceGrant(ctx, db, { key, plan }));
  const after = await decideOnCopy(ctx, key, plan);
  return (
    after ??
    untilWritten(ctx, key, async (db) =>
      transition(ctx, db, plan(await createConsentStore(db).findActive(key))),
    )
  );
}

/**
 * The consent as it would be after this decision. Nothing is written: for "see what this app would see" before deciding.
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

/** Records that the person refused an app. An earlier consent stays as it was. */
export async function denyConsent(
  ctx: Pick<ConsentsContext, 'audit' | 'db'>,
  { accountId, clientId }: ConsentKey,
): Promise<void> {
  await ctx.audit.record(ctx.db, { kind: 'consent.denied', accountId, clientId });
}

type Plan = (known: Consent | null) => Transition;

/** Reads everything except the consent on which the decision depends. */
async function prepareDecision(
  ctx: ConsentsContext,
  { accountId, request, decision, locale, text }: DecideConsentInput,
): Promise<Plan> {
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
    };
  };
}

/**
 * Most decisions use the cached consent of this node. If it is outdated, the version check refuses the statement; if
 * the decision does not fit it, the decision is applied to the stored consent instead.
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
  return transition(ctx, ctx.db, step);
}

/**
 * All tokens of the consent end with the decision of a `replace` or `create` action, so that no token has more permissions
 * than the decision (Grant Management for OAuth 2.0 §5.2).
 */
function replaceGrant(
  ctx: ConsentsContext,
  db: Database,
  { key, plan }: { readonly key: ConsentKey; readonly plan: Plan },
): Promise<Consent | null> {
  return db.transaction(async (tx) => {
    const step = plan(await createConsentStore(tx).lockActive(key));
    await ctx.tokens.revokeGrants(tx, { consentId: step.consent.id });
    return transition(ctx, tx, step);
  });
}
