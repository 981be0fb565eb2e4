import { AppError } from '../../platform/app-error.ts';
import { createConsentStore } from '../consent-store.ts';
import type { ConsentKey } from '../consent.ts';
import type { ConsentsContext } from '../context.ts';
import { isPaused } from '../entitlement.ts';
import { transition, untilWritten } from '../transition.ts';

/**
 * Ends the pause of an app: the earlier decisions and the unexpired tokens of the app become valid again. Does nothing
 * when it was not paused.
 * @throws AppError `consent_not_found`.
 */
export async function resumeConsent(
  ctx: ConsentsContext,
  { accountId, clientId, locale }: ConsentKey & { readonly locale: string },
): Promise<void> {
  const [client, catalogue] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  await untilWritten(ctx, { accountId, clientId }, async (db) => {
    const consent = await createConsentStore(db).findActive({ accountId, clientId });
    if (consent === null) throw new AppError('not_found', 'consent_not_found');
    if (!isPaused(consent)) return consent;
    return transition(ctx, db, {
      consent,
      change: { items: [], scopes: [], pausedFor: null },
      event: { kind: 'resumed', locale },
      client,
      catalogue,
    });
  });
}
