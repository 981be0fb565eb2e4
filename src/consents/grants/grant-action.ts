import { AppError } from '../../platform/app-error.ts';
import type { Consent, GrantAction } from '../consent.ts';

/** Do all tokens of the consent end with the decision (Grant Management for OAuth 2.0 §5.2)? */
export function endsGrants(action: GrantAction | undefined): boolean {
  return action !== undefined && action.kind !== 'merge';
}

/** @throws AppError `grant_ended` when the app named a grant that has ended. */
export function requireNamedGrant(
  consent: Pick<Consent, 'grantId'>,
  action: GrantAction | undefined,
): void {
  if (action === undefined || action.kind === 'create') return;
  if (action.grantId !== consent.grantId) throw new AppError('gone', 'grant_ended');
}
