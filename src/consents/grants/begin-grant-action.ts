import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { ConsentDeps } from '../consent-deps.ts';
import type { Consent, GrantAction } from '../consent.ts';
import { createManagedGrantStore } from './managed-grant-store.ts';

export interface BeginGrantActionInput {
  /** Locked. */
  readonly consent: Consent;
  readonly action: GrantAction | undefined;
  readonly now: Date;
}

/**
 * Ends all tokens of a consent before the decision of a `replace` or `create` action is written, so that no token has more
 * permissions than the decision (Grant Management for OAuth 2.0 §5.2).
 * @throws AppError `grant_ended` when the grant that the app named is over.
 */
export async function beginGrantAction(
  deps: Pick<ConsentDeps, 'tokens'>,
  tx: Database,
  { consent, action, now }: BeginGrantActionInput,
): Promise<void> {
  if (action === undefined) return;
  if (action.kind !== 'create' && action.grantId !== consent.grantId) {
    throw new AppError('gone', 'grant_ended');
  }
  if (action.kind === 'merge') return;
  await deps.tokens.revokeGrants(tx, { consentId: consent.id });
  const isFresh = consent.version === 0;
  if (action.kind === 'create' && !isFresh) {
    await createManagedGrantStore(tx).rename(consent.id, now);
  }
}
