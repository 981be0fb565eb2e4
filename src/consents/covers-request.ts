import type { ClaimRequest } from '../clients/index.ts';
import { isSameText } from '../platform/languages.ts';
import { choseToShare } from '../receipts/index.ts';
import type { RequestedAccess, RequestedClaim, RequestedScope } from './requested-access.ts';
import type { Consent, ConsentItem } from './consent.ts';
import { isInForce, isLive } from './entitlement.ts';
import { isWithin } from './duration.ts';

/**
 * The difference between a question and the earlier answer. `new`: there is none; `purpose`, `necessity`, `duration`: the
 * app has changed these terms; `over`: the app cannot work without it, and it is no longer shared.
 */
export type RequestChange = 'new' | 'purpose' | 'necessity' | 'duration' | 'over';

/**
 * Is no question left for the person? Every claim was answered for the request as it is now, and every permission was
 * answered. A refusal stays a refusal, and a voluntary decision may expire. An essential claim must still
 * be shared, and a consent that was paused must have been resumed.
 */
export function coversRequest(
  consent: Consent | null,
  requested: RequestedAccess,
  now: Date,
): boolean {
  // Nothing can be issued from a consent that is not in force, so the person has to decide.
  if (consent === null || !isInForce(consent, now)) return false;
  return (
    requested.claims.every((claim) => coversClaim(findItem(consent, claim.claim), claim, now)) &&
    requested.scopes.every((scope) => coversScope(consent, scope))
  );
}

/** Is the answer to this claim sufficient, so that the question is not repeated? */
export function coversClaim(
  item: ConsentItem | undefined,
  requested: RequestedClaim,
  now: Date,
): boolean {
  return changesOf(item, requested, now).length === 0;
}

/** The reasons for the question about this claim; empty when it was answered. */
export function changesOf(
  item: ConsentItem | undefined,
  requested: RequestedClaim,
  now: Date,
): RequestChange[] {
  if (item === undefined) return ['new'];
  const isKept = item.keptVersion === requested.purposeVersion;
  const isEssential = isKept ? item.isEssential : requested.isEssential;
  const changes: RequestChange[] = isKept ? [] : wordingChanges(item, requested);
  if (isLongerThanSeen(item, requested)) changes.push('duration');
  if (isEssential && !isLive(item, now)) changes.push('over');
  return changes;
}

function wordingChanges(item: ConsentItem, requested: RequestedClaim): RequestChange[] {
  if (item.purposeVersion === requested.purposeVersion) return [];
  const isNecessary = item.isEssential !== requested.isEssential;
  const isReworded = !isSameText(item.purpose, requested.purpose);
  if (isNecessary) return isReworded ? ['necessity', 'purpose'] : ['necessity'];
  // A claim that was removed and added again has a new version with the same text, and is a new question too.
  return ['purpose'];
}

/** After a refusal this alone is no reason to repeat the question. */
function isLongerThanSeen(item: ConsentItem, { longestDuration }: RequestedClaim): boolean {
  const { seenDuration } = item;
  return choseToShare(item) && seenDuration !== null && !isWithin(longestDuration, seenDuration);
}

/** Can the app not work without this value? For a kept decision its own terms count. */
export function isNeeded(item: ConsentItem, request: ClaimRequest | undefined): boolean {
  if (request !== undefined && item.keptVersion === request.purposeVersion) return item.isEssential;
  return item.isEssential || request?.necessity === 'essential';
}

/** Was this permission answered, either way? */
export function coversScope(consent: Consent, requested: RequestedScope): boolean {
  return consent.scopes.some(
    ({ scope, resource }) => scope === requested.scope && resource === requested.resource,
  );
}

/** The decision about a claim; undefined without one. */
export function findItem(consent: Consent | null, claim: string): ConsentItem | undefined {
  return consent?.items.find((item) => item.claim === claim);
}
