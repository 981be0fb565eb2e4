import { AppError } from '../platform/app-error.ts';
import { decidingClaim } from '../scopes/index.ts';
import { describeClient } from './app-summary.ts';
import type { ConnectedAppsContext } from './context.ts';

/** An app without access now, which the person has decided about before. */
export type FormerApp = Awaited<ReturnType<typeof readFormerApp>>;

const MOST_DECISIONS = 20;

/**
 * An app that has no access now: how long it had access, the claims that it has read, and the decisions about it.
 * @throws AppError `consent_not_found` when the person never decided about the app.
 */
export async function readFormerApp(
  ctx: ConnectedAppsContext,
  { accountId, clientId }: { readonly accountId: string; readonly clientId: string },
) {
  const [events, former, lastReads, client] = await Promise.all([
    ctx.consents.history({ accountId, clientId, limit: MOST_DECISIONS }),
    ctx.consents.listFormer({ accountId, clientId, limit: 1 }),
    ctx.ledger.lastReadOfClaims(accountId, clientId),
    ctx.clients.find(clientId),
  ]);
  const lastRead = lastReads.get(clientId) ?? new Map<string, Date>();
  if (events.length === 0 && lastRead.size === 0) {
    throw new AppError('not_found', 'consent_not_found');
  }
  const [access] = former;
  return {
    clientId,
    ...describeClient(ctx, clientId, client),
    /** Null: the person never allowed anything. */
    since: access?.since ?? null,
    endedAt: access?.endedAt ?? null,
    contact: client?.contact ?? null,
    policyUri: client?.policyUri ?? null,
    /** The app is registered and works: a new sign-in there requests a new decision. */
    canConnectAgain: client?.status === 'active',
    isDeleted: client === null || client.status === 'deleted',
    /** The claims that it has read, the last read first. */
    read: [...lastRead]
      .filter(([claim]) => decidingClaim(claim) === claim)
      .map(([claim, lastReadAt]) => ({ claim, lastReadAt }))
      .toSorted((one, other) => other.lastReadAt.getTime() - one.lastReadAt.getTime()),
    events,
  };
}
