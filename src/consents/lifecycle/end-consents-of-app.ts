import type { Database } from '../../platform/postgres/postgres.ts';
import type { ConsentsContext } from '../context.ts';
import { createConsentStore } from '../consent-store.ts';
import type { Consent } from '../consent.ts';
import { provenEmail } from '../../vault/index.ts';
import { withdrawConsent } from '../withdraw-consent.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

const BATCH = 100;

/**
 * Ends every consent of an app that was deleted, as if the app had relinquished everything: each person gets an event
 * in the history, a receipt and a mail. The app can read nothing since its deletion. Safe to run twice and on several
 * nodes. Call it for a deleted app only: this node's copy of the app can be older than the deletion, so its status is
 * not checked.
 * @returns how many were ended.
 */
export async function endConsentsOfApp(
  ctx: ConsentsContext,
  clientId: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const client = await ctx.clients.find(clientId);
  let ended = 0;
  for (;;) {
    const found = await createConsentStore(ctx.db).listActiveOf(clientId, BATCH);
    for (const consent of found) {
      if (signal.aborted) return ended;
      await endOne(ctx, consent, client?.name ?? clientId);
      ended += 1;
    }
    if (found.length < BATCH) return ended;
  }
}

async function endOne(ctx: ConsentsContext, consent: Consent, app: string): Promise<void> {
  const { accountId, clientId, grantId } = consent;
  const [account, attributes] = await Promise.all([
    ctx.accounts.find(accountId),
    ctx.vault.recentAttributes(accountId),
  ]);
  const to = account?.status === 'active' ? provenEmail(attributes) : undefined;
  const notify = async (tx: Database): Promise<void> => {
    if (to === undefined) return;
    const locale = account?.locale ?? FALLBACK_LOCALE;
    await ctx.mailer.enqueue(tx, {
      to,
      template: 'app-deleted',
      locale,
      values: { app, clientId },
    });
  };
  await withdrawConsent(ctx, { accountId, clientId, relinquishedGrantId: grantId, notify });
}
