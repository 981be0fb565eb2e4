import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent } from './consent.ts';
import { createManagedGrantStore } from './managed-grant-store.ts';

export interface ManagedGrantRef {
  readonly grantId: string;
  /** The app that asks. */
  readonly clientId: string;
}

/**
 * The active consent that an app names so, read now; null when it is unknown, over, of another app, or of an account that
 * is not in use.
 */
export async function findManagedGrant(
  { db, accounts }: Pick<ConsentDeps, 'db' | 'accounts'>,
  { grantId, clientId }: ManagedGrantRef,
): Promise<Consent | null> {
  const accountId = await createManagedGrantStore(db).findAccount(grantId, clientId);
  if (accountId === null) return null;
  if ((await accounts.find(accountId))?.status !== 'active') return null;
  const consent = await createConsentStore(db).findActive(accountId, clientId);
  return consent?.grantId === grantId ? consent : null;
}
