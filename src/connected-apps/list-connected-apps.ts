import { isPaused, sharedClaims } from '../consents/index.ts';
import { describeClient, summarise, type ConnectedAppSummary } from './app-summary.ts';
import type { ConnectedAppsContext } from './context.ts';

/** The apps of an account, the newest first, in a constant number of statements. */
export async function listConnectedApps(
  ctx: ConnectedAppsContext,
  accountId: string,
): Promise<ConnectedAppSummary[]> {
  const [consents, lastRead, catalogue, attributes] = await Promise.all([
    ctx.consents.list(accountId),
    ctx.ledger.lastRead(accountId),
    ctx.scopes.catalogue(),
    ctx.vault.listAttributes(accountId),
  ]);
  const now = ctx.clock.now();
  return Promise.all(
    consents.map(async (consent) => {
      const client = await ctx.clients.find(consent.clientId);
      const shared = sharedClaims({ consent, catalogue, client, now });
      const lastReadAt = lastRead.get(consent.clientId) ?? null;
      return summarise(ctx, { consent, client, shared, attributes, lastReadAt });
    }),
  );
}

/** An app whose access has ended. */
export type FormerAppSummary = Awaited<ReturnType<typeof listFormerApps>>[number];

const MOST_FORMER = 50;

/** The apps that had access and have none now, the last ended first. */
export async function listFormerApps(ctx: ConnectedAppsContext, accountId: string) {
  const former = await ctx.consents.listFormer({ accountId, limit: MOST_FORMER });
  return Promise.all(
    former.map(async (access) => ({
      ...access,
      ...describeClient(ctx, access.clientId, await ctx.clients.find(access.clientId)),
    })),
  );
}

/** An app that sees one value of a person. */
interface ValueReader {
  readonly clientId: string;
  readonly name: string;
  /** It sees nothing until the person resumes it. */
  readonly isPaused: boolean;
}

/** Attribute id -> the apps to which the person shows this value now, by name. */
export async function findReadersOfValues(
  ctx: ConnectedAppsContext,
  accountId: string,
): Promise<ReadonlyMap<string, readonly ValueReader[]>> {
  const [consents, catalogue] = await Promise.all([
    ctx.consents.list(accountId),
    ctx.scopes.catalogue(),
  ]);
  const now = ctx.clock.now();
  const readers = await Promise.all(
    consents.map(async (consent) => {
      const { clientId } = consent;
      const client = await ctx.clients.find(clientId);
      const reader = { clientId, name: client?.name ?? clientId, isPaused: isPaused(consent) };
      return sharedClaims({ consent, catalogue, client, now }).flatMap(({ attributeId }) =>
        attributeId === null ? [] : [{ attributeId, reader }],
      );
    }),
  );
  const byValue = Map.groupBy(readers.flat(), ({ attributeId }) => attributeId);
  return new Map(
    [...byValue].map(([id, found]) => [
      id,
      found
        .map(({ reader }) => reader)
        .toSorted((one, other) => one.name.localeCompare(other.name)),
    ]),
  );
}
