import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent } from './consent.ts';
import { createManagedGrantStore } from './managed-grant-store.ts';

export interface ManagedGrantRef {
  readonly grantId: string;
  /** The app that asks. */
  readonly clientId: string;
}

/** The active consent that an app names so, read now; null when it is unknown, over, or of another app. */
export async function findManagedGrant(
  { db }: Pick<ConsentDeps, 'db'>,
  { grantId, clientId }: ManagedGrantRef,
): Promise<Consent | null> {
  const accountId = await createManagedGrantStore(db).findAccount(grantId, clientId);
  if (accountId === null) return null;
  const consent = await createConsentStore(db).findActive(accountId, clientId);
  return consent?.grantId === grantId ? consent : null;
}
