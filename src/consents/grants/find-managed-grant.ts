import { createConsentStore } from '../consent-store.ts';
import type { Consent } from '../consent.ts';
import type { ConsentsContext } from '../context.ts';

/** The grant id that an app names; `clientId` is the app that sends the request. */
interface ManagedGrantRef {
  readonly grantId: string;
  readonly clientId: string;
}

/**
 * The active consent of a grant id, read now; null when the id is unknown, has ended, or belongs to another app or to
 * an account that is not active.
 */
export async function findManagedGrant(
  ctx: Pick<ConsentsContext, 'db' | 'accounts'>,
  ref: ManagedGrantRef,
): Promise<Consent | null> {
  const accountId = await findGrantAccount(ctx, ref);
  if (accountId === null) return null;
  const { clientId } = ref;
  const consent = await createConsentStore(ctx.db).findActive({ accountId, clientId });
  return consent?.grantId === ref.grantId ? consent : null;
}

/**
 * The account of a grant id of an app, also after the consent has ended, so that a repeated revocation gets the same
 * answer. Null when the id is unknown, or belongs to another app or to an account that is not active.
 */
export async function findGrantAccount(
  { db, accounts }: Pick<ConsentsContext, 'db' | 'accounts'>,
  { grantId, clientId }: ManagedGrantRef,
): Promise<string | null> {
  const accountId = await createConsentStore(db).findAccountOfGrant(grantId, clientId);
  if (accountId === null) return null;
  return (await accounts.find(accountId))?.status === 'active' ? accountId : null;
}
