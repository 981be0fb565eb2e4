import { AppError } from '../../platform/app-error.ts';
import type { ConsentDeps } from '../consent-deps.ts';
import { createConsentStore } from '../consent-store.ts';
import { isPaused } from '../entitlement.ts';
import { recordChange } from '../record-change.ts';

export interface ResumeConsentInput {
  readonly accountId: string;
  readonly clientId: string;
  readonly locale: string;
}

/**
 * Ends the pause of an app: the earlier decisions hold again, and tokens it still holds work again. Does nothing when it was not paused.
 * @throws AppError `consent_not_found`.
 */
export async function resumeConsent(
  deps: ConsentDeps,
  { accountId, clientId, locale }: ResumeConsentInput,
): Promise<void> {
  const [client, claims] = await Promise.all([deps.clients.find(clientId), deps.vault.claims()]);
  await deps.db.transaction(async (tx) => {
    const consent = await createConsentStore(tx).lockActive(accountId, clientId);
    if (consent === null) throw new AppError('not_found', 'consent_not_found');
    if (!isPaused(consent)) return;
    const decided = { items: [], scopes: [] };
    const change = { consent, decided, kind: 'resumed', locale, client, claims } as const;
    await recordChange(deps, tx, change);
  });
}
