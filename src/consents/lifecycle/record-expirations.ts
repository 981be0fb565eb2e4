import { createConsentStore } from '../consent-store.ts';
import type { ConsentsContext } from '../context.ts';
import { transition } from '../transition.ts';
import { createLifecycleStore, type ExpiredDecisions } from './lifecycle-store.ts';

const BATCH = 100;

/**
 * Writes expired decisions into the history, each once. Releases end with the expiry time itself, which is checked at each read;
 * this job only records it. Safe to run on every node at once.
 * @returns how many consents had expired decisions.
 */
export async function recordExpirations(
  ctx: ConsentsContext,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let recorded = 0;
  for (;;) {
    const found = await createLifecycleStore(ctx.db).listExpired(ctx.clock.now(), BATCH);
    for (const expired of found) {
      if (signal.aborted) return recorded;
      if (await recordOne(ctx, expired)) recorded += 1;
    }
    if (found.length < BATCH) return recorded;
  }
}

/** @returns false when the consent changed or ended, or when another node was faster: the next run sees the rest. */
async function recordOne(
  ctx: ConsentsContext,
  { accountId, clientId, version, claims }: ExpiredDecisions,
): Promise<boolean> {
  const [consent, client, catalogue] = await Promise.all([
    createConsentStore(ctx.db).findActive({ accountId, clientId }),
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  if (consent?.version !== version) return false;
  const expired = consent.items.filter(({ claim }) => claims.includes(claim));
  const after = await transition(ctx, ctx.db, {
    consent,
    change: { expired },
    event: { kind: 'expired', locale: null, audit: { ended: expired.length } },
    client,
    catalogue,
  });
  return after !== null;
}
