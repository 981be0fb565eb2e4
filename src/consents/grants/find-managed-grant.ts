import type { ConsentDeps } from '../consent-deps.ts';
import { createConsentStore } from '../consent-store.ts';
import type { Consent } from '../consent.ts';
import { createManagedGrantStore } from './managed-grant-store.ts';

export interface ManagedGrantRef {
  readonly grantId: string;
  /** The app that sends the request. */
  readonly clientId: string;
}

/**
 * The active consent that an app names so, read now; null when it is unknown, over, of another app, or of an account that
 * is not in use.
 */
export async function findManagedGrant(
  deps: Pick<ConsentDeps, 'db' | 'accounts'>,
  ref: ManagedGrantRef,
): Promise<Consent | null> {
  const accountId = await findGrantHolder(deps, ref);
  if (accountId === null) return null;
  const consent = await createConsentStore(deps.db).findActive(accountId, ref.clientId);
  return consent?.grantId === ref.grantId ? consent : null;
}

/**
 * Finds the account of a grant id of an app, also after the consent has ended: an app that ends it twice gets the same answer. Null when
 * it is unknown, of another app, or of an account that is not in use.
 */
export async function findGrantHolder(
  { db, accounts }: Pick<ConsentDeps, 'db' | 'accounts'>,
  { grantId, clientId }: ManagedGrantRef,
): Promise<string | null> {
  const accountId = await createManagedGrantStore(db).findAccount(grantId, clientId);
  if (accountId === null) return null;
  return (await accounts.find(accountId))?.status === 'active' ? accountId : null;
}
