import type { Channel, Release } from '../ledger/index.ts';
import type { ClaimsDeps } from './claims-deps.ts';
import { composeClaims } from './compose-claims.ts';
import { selectValues, type ReleaseRequest, type Selection } from './select-values.ts';

export interface ReleaseInput extends Omit<ReleaseRequest, 'consent'> {
  readonly channel: Channel;
  /** The grant that the answer is given under; it must live, and belong to this account and app. */
  readonly grantId: string;
}

export type ReleaseClaims = (input: ReleaseInput) => Promise<Record<string, unknown>>;

/**
 * The only way out for personal values (OpenID Connect Core 1.0 §5.3.2). Releases are recorded in the ledger first; a value that is
 * shared once is released once, also under simultaneous reads. Returns an empty object when nothing may be released.
 * @throws AppError `ledger_unavailable`, `database_unavailable`: then nothing was released.
 */
export async function releaseClaims(
  deps: ClaimsDeps,
  input: ReleaseInput,
): Promise<Record<string, unknown>> {
  if (!(await isGrantAlive(deps, input))) return {};
  const selection = await selectValues(deps, input);
  if (selection === null) return {};
  return selection.once.length === 0
    ? releaseFreely(deps, input, selection)
    : releaseSpending(deps, input, selection);
}

async function releaseFreely(
  deps: ClaimsDeps,
  input: ReleaseInput,
  { values, requested }: Selection,
): Promise<Record<string, unknown>> {
  const claims = composeClaims(values, requested);
  await deps.ledger.append(toRelease(input, claims));
  return claims;
}

async function releaseSpending(
  deps: ClaimsDeps,
  input: ReleaseInput,
  { consent, values, once, requested }: Selection,
): Promise<Record<string, unknown>> {
  return deps.db.transaction(async (tx) => {
    const won = await deps.consents.consumeOneTime(tx, { consent, values: once });
    const lost = new Set(once.map(({ claim }) => claim).filter((claim) => !won.includes(claim)));
    const claims = composeClaims(
      values.filter(({ claim }) => !lost.has(claim)),
      requested,
    );
    if (Object.keys(claims).length > 0) await deps.ledger.appendIn(tx, toRelease(input, claims));
    return claims;
  });
}

async function isGrantAlive(deps: ClaimsDeps, input: ReleaseInput): Promise<boolean> {
  const grant = await deps.tokens.findGrant(input.grantId);
  return grant?.accountId === input.accountId && grant.clientId === input.clientId;
}

function toRelease(input: ReleaseInput, claims: Record<string, unknown>): Release {
  const { accountId, clientId, grantId, channel } = input;
  return { accountId, clientId, grantId, channel, claims: Object.keys(claims) };
}
