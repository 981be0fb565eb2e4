import { type ConsentItem, isLiveAfterUse } from '../consents/index.ts';
import type { Channel, Release } from '../ledger/index.ts';
import type { ClaimsContext } from './context.ts';
import { composeClaims } from './compose-claims.ts';
import { selectValues, type ReleaseRequest, type Selection } from './select-values.ts';
import { checkNow, type Checked, stillAllowed } from './still-allowed.ts';

interface ReleaseInput extends Omit<ReleaseRequest, 'consent'> {
  readonly channel: Channel;
  /** The grant of the response; it must be valid and belong to this account and app. */
  readonly grantId: string;
}

type ReleasedClaims = Record<string, unknown>;

/**
 * Releases the values that a person shares with an app (OpenID Connect Core 1.0 §5.3.2). No other function returns them to apps;
 * pictures are fetched by `read-picture.ts`. Releases are recorded in the ledger first; a value that is shared once is released once, also with concurrent reads. Returns an empty object when
 * nothing may be released, also when the access ended while the ledger was written.
 * @throws AppError `ledger_unavailable`, `database_unavailable`: then nothing was released.
 */
export async function releaseClaims(
  ctx: ClaimsContext,
  input: ReleaseInput,
): Promise<ReleasedClaims> {
  const selected = await checkNow(() => selectLive(ctx, input));
  if (selected === null) return {};
  return selected.value.once.length === 0
    ? releaseRepeatable(ctx, input, selected)
    : releaseWithOneTimeValues(ctx, input, selected);
}

/**
 * As {@link releaseClaims}, for a caller that repeats the whole request after a failure. A value that is shared once is never
 * released here, because the repeated request would find it used up.
 * @returns null when there is such a value; then nothing was released.
 */
export async function releaseRepeatableClaims(
  ctx: ClaimsContext,
  input: ReleaseInput,
): Promise<ReleasedClaims | null> {
  const selected = await checkNow(() => selectLive(ctx, input));
  if (selected === null) return {};
  return selected.value.once.length === 0 ? releaseRepeatable(ctx, input, selected) : null;
}

async function releaseRepeatable(
  ctx: ClaimsContext,
  input: ReleaseInput,
  selected: Checked<Selection>,
): Promise<ReleasedClaims> {
  const claims = composeClaims(selected.value.values, selected.value.requested);
  await ctx.ledger.append(toRelease(input, claims));
  const current = await stillAllowed(selected, () => selectLive(ctx, input));
  return current === selected.value ? claims : stillSelected(claims, current);
}

async function releaseWithOneTimeValues(
  ctx: ClaimsContext,
  input: ReleaseInput,
  selected: Checked<Selection>,
): Promise<ReleasedClaims> {
  const { consent, values, once, requested } = selected.value;
  const { won, claims } = await ctx.db.transaction(async (tx) => {
    const used = new Set(await ctx.consents.consumeOneTime(tx, { consent, values: once }));
    const lost = new Set(once.map(({ claim }) => claim).filter((claim) => !used.has(claim)));
    const kept = values.filter(({ claim }) => !lost.has(claim));
    const composed = composeClaims(kept, requested);
    if (Object.keys(composed).length > 0) await ctx.ledger.appendIn(tx, toRelease(input, composed));
    return { won: used, claims: composed };
  });
  const current = await stillAllowed(selected, () => selectLive(ctx, input, isLiveAfterUse(won)));
  if (current === selected.value) return claims;
  return stillSelected(claims, current, won);
}

/** Of the recorded claims those that may be released now, with their present values. */
function stillSelected(
  recorded: ReleasedClaims,
  current: Selection | null,
  won: ReadonlySet<string> = new Set(),
): ReleasedClaims {
  if (current === null) return {};
  const { values, once, requested } = current;
  const reserved = new Set(once.map(({ claim }) => claim).filter((claim) => !won.has(claim)));
  const claims = composeClaims(
    values.filter(({ claim }) => !reserved.has(claim)),
    requested,
  );
  return Object.fromEntries(Object.entries(claims).filter(([name]) => name in recorded));
}

async function selectLive(
  ctx: ClaimsContext,
  input: ReleaseInput,
  isUsable?: (item: ConsentItem, now: Date) => boolean,
): Promise<Selection | null> {
  const grant = await ctx.tokens.findGrant(input.grantId);
  const isAlive = grant?.accountId === input.accountId && grant.clientId === input.clientId;
  return isAlive ? selectValues(ctx, input, isUsable) : null;
}

function toRelease(input: ReleaseInput, claims: Record<string, unknown>): Release {
  const { accountId, clientId, grantId, channel } = input;
  return { accountId, clientId, grantId, channel, claims: Object.keys(claims) };
}
