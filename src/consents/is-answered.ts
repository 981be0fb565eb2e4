import type { Asked, AskedClaim, AskedScope } from './asked.ts';
import { isLive, type Consent, type ConsentItem } from './consent.ts';

/**
 * Is there nothing left to ask? Every claim was answered for the purpose text that holds now, and every permission was
 * answered. What was refused stays refused and what was shared voluntarily may run out; an essential claim must still
 * be there.
 */
export function isAnsweredBy(consent: Consent | null, asked: Asked, now: Date): boolean {
  if (consent === null || consent.status !== 'active') return false;
  return (
    asked.claims.every((claim) => isClaimAnswered(findItem(consent, claim.claim), claim, now)) &&
    asked.scopes.every((scope) => isScopeAnswered(consent, scope))
  );
}

/** Is this claim's answer good enough not to ask again? */
export function isClaimAnswered(
  item: ConsentItem | undefined,
  asked: AskedClaim,
  now: Date,
): boolean {
  if (item === undefined || item.purposeVersion !== asked.purposeVersion) return false;
  return asked.isEssential ? isLive(item, now) : true;
}

/** Was this permission answered, either way? */
export function isScopeAnswered(consent: Consent, asked: AskedScope): boolean {
  return consent.scopes.some(
    ({ scope, resource }) => scope === asked.scope && resource === asked.resource,
  );
}

/**
 * Has an essential value run out? Then nothing new may be issued from this consent: a refresh is refused and
 * `prompt=none` is answered with `consent_required`.
 */
export function hasEssentialRunOut(consent: Consent, now: Date): boolean {
  return consent.items.some(
    (item) => item.isEssential && item.expiresAt !== null && now >= item.expiresAt,
  );
}

export function findItem(consent: Consent | null, claim: string): ConsentItem | undefined {
  return consent?.items.find((item) => item.claim === claim);
}
