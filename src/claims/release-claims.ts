import type { Channel, Release } from '../ledger/index.ts';
import type { ClaimsContext } from './context.ts';
import { composeClaims } from './compose-claims.ts';
import { selectValues, type ReleaseRequest, type Selection } from './select-values.ts';

export interface ReleaseInput extends Omit<ReleaseRequest, 'consent'> {
  readonly channel: Channel;
  /** The grant of the response; it must be valid and belong to this account and app. */
  readonly grantId: string;
}

/**
 * The only function that releases personal values (OpenID Connect Core 1.0 §5.3.2). Releases are recorded in the ledger
 * first; a value that is shared once is released once, also with concurrent reads. Returns an empty object when
 * nothing may be released.
 * @throws AppError `ledger_unavailable`, `database_unavailable`: then nothing was released.
 */
export async function releaseClaims(
  ctx: ClaimsContext,
  input: ReleaseInput,
): Promise<Record<string, unknown>> {
  const selection = await selectLive(ctx, input);
  if (selection === null) return {};
  return selection.once.length === 0
    ? releaseRepeatable(ctx, input, selection)
    : releaseWithOneTimeValues(ctx, input, selection);
}

/**
 * The same for a caller that begins again after a failure: a value that is shared once could be used up by then.
 * @returns null when there is such a value; then nothing was released.
 */
export async function releaseRepeatableClaims(
  ctx: ClaimsContext,
  input: ReleaseInput,
): Promise<Record<string, unknown> | null> {
  const selection = await selectLive(ctx, input);
  if (selection === null) return {};
  return selection.once.length === 0 ? releaseRepeatable(ctx, input, selection) : null;
}

async function releaseRepeatable(
  ctx: ClaimsContext,
  input: ReleaseInput,
  { values, requested }: Selection,
): Promise<Record<string, unknown>> {
  const claims = composeClaims(values, requested);
  await ctx.ledger.append(toRelease(input, claims));
  return claims;
}

async function releaseWithOneTimeValues(
  ctx: ClaimsContext,
  input: ReleaseInput,
  { consent, values, once, requested }: Selection,
): Promise<Record<string, unknown>> {
  return ctx.db.transaction(async (tx) => {
    const won = await ctx.consents.consumeOneTime(tx, { consent, values: once });
    const lost = new Set(once.map(({ claim }) => claim).filter((claim) => !won.includes(claim)));
    const claims = composeClaims(
      values.filter(({ claim }) => !lost.has(claim)),
      requested,
    );
    if (Object.keys(claims).length > 0) await ctx.ledger.appendIn(tx, toRelease(input, claims));
    return claims;
  });
}

async function selectLive(ctx: ClaimsContext, input: ReleaseInput): Promise<Selection | null> {
  const grant = await ctx.tokens.findGrant(input.grantId);
  const isAlive = grant?.accountId === input.accountId && grant.clientId === input.clientId;
  return isAlive ? selectValues(ctx, input) : null;
}

function toRelease(input: ReleaseInput, claims: Record<string, unknown>): Release {
  const { accountId, clientId, grantId, channel } = input;
  return { accountId, clientId, grantId, channel, claims: Object.keys(claims) };
}
