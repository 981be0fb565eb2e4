import { describeApp, type ConnectedApp } from './connected-app.ts';
import { createCheckUpStore } from './check-up-store.ts';
import type { ConnectedAppsContext } from './context.ts';

/** A value or a permission that an app may use, to be reviewed. */
export type CheckUpRow = ReturnType<typeof rowsOf>[number];

/** Everything that a person lets apps see, to be reviewed once a year. */
export type CheckUp = Awaited<ReturnType<typeof readCheckUp>>;

const ORDER = ['high', 'medium', 'low'];

/** Reads the values and permissions that apps may use now; paused access counts, because one click resumes it. */
export async function readCheckUp(
  ctx: ConnectedAppsContext,
  { accountId, locale }: { readonly accountId: string; readonly locale: string },
) {
  const [consents, times, attributes, lastReads] = await Promise.all([
    ctx.consents.list(accountId),
    findCheckUpTimes(ctx, accountId),
    ctx.vault.listAttributes(accountId),
    ctx.ledger.lastReadOfClaims(accountId),
  ]);
  const apps = await Promise.all(
    consents.map((consent) => describeApp(ctx, { consent, attributes, lastReads, locale })),
  );
  // The most sensitive first. Equally sensitive ones: first those never read, then those read longest ago.
  return { rows: apps.flatMap(rowsOf).toSorted(byUrgency), ...times };
}

/** The time of the person's last review of the apps' access, and whether the next one is due. */
export async function findCheckUpTimes(ctx: ConnectedAppsContext, accountId: string) {
  const times = await createCheckUpStore(ctx.db).find(accountId);
  return { checkedAt: times.checkedAt, isDue: isCheckUpDue(times, ctx.clock.now()) };
}

/** Records that the person has reviewed everything now. */
export async function recordCheckUp(ctx: ConnectedAppsContext, accountId: string): Promise<void> {
  await createCheckUpStore(ctx.db).save(accountId, ctx.clock.now());
}

function rowsOf({ clientId, name: appName, logo, items, permissions }: ConnectedApp) {
  return [
    ...items
      .filter(({ state }) => state === 'shared')
      .map((item) => ({
        clientId,
        appName,
        logo,
        sensitivity: item.definition?.sensitivity ?? 'medium',
        subject: { kind: 'value', item } as const,
        lastReadAt: item.lastReadAt,
      })),
    ...permissions.map((permission) => ({
      clientId,
      appName,
      logo,
      sensitivity: permission.sensitivity,
      subject: { kind: 'permission', permission } as const,
      /** The use of permissions is not recorded in the ledger. */
      lastReadAt: null,
    })),
  ];
}

function byUrgency(one: CheckUpRow, other: CheckUpRow): number {
  return (
    ORDER.indexOf(one.sensitivity) - ORDER.indexOf(other.sensitivity) ||
    (one.lastReadAt?.getTime() ?? 0) - (other.lastReadAt?.getTime() ?? 0) ||
    one.appName.localeCompare(other.appName)
  );
}

/** Has a year passed since the last review, or since the first app was connected? */
function isCheckUpDue(
  { checkedAt, connectedSince }: { checkedAt: Date | null; connectedSince: Date | null },
  now: Date,
): boolean {
  if (connectedSince === null) return false;
  const yearAgo = new Date(now);
  yearAgo.setUTCFullYear(yearAgo.getUTCFullYear() - 1);
  return (checkedAt ?? connectedSince) < yearAgo;
}
