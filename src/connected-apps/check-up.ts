import type { Sensitivity } from '../scopes/index.ts';
import {
  readConnectedApp,
  type ConnectedApp,
  type ConnectedAppDeps,
  type ConnectedItem,
  type ConnectedPermission,
} from './connected-app.ts';

/** Something that an app may see or do, to be looked at again. */
export interface CheckUpRow {
  readonly clientId: string;
  readonly appName: string;
  readonly sensitivity: Sensitivity;
  /** The kind: a value, or a permission. */
  readonly subject:
    | { readonly kind: 'value'; readonly item: ConnectedItem }
    | { readonly kind: 'permission'; readonly permission: ConnectedPermission };
  /** Null: never read, or a permission, whose use is not read here. */
  readonly lastReadAt: Date | null;
}

/** All that a person lets apps see, to be looked through once a year. */
export interface CheckUp {
  /** The most sensitive first; of these the never read ones first, then those read longest ago. */
  readonly rows: readonly CheckUpRow[];
  readonly checkedAt: Date | null;
  readonly isDue: boolean;
}

const ORDER: readonly Sensitivity[] = ['high', 'medium', 'low'];

/** Reads the values and permissions that apps may use now; paused ones count, because one click resumes them. */
export async function readCheckUp(
  deps: ConnectedAppDeps,
  { accountId, locale }: { readonly accountId: string; readonly locale: string },
): Promise<CheckUp> {
  const [consents, times] = await Promise.all([
    deps.consents.list(accountId),
    deps.consents.checkUp(accountId),
  ]);
  const apps = await Promise.all(
    consents.map(({ clientId }) => readConnectedApp(deps, { accountId, clientId, locale })),
  );
  return { rows: apps.flatMap(rowsOf).toSorted(byUrgency), ...times };
}

function rowsOf(app: ConnectedApp): CheckUpRow[] {
  const { clientId, name: appName } = app;
  const values = app.items
    .filter(({ state }) => state === 'shared')
    .map((item): CheckUpRow => {
      const sensitivity = item.definition?.sensitivity ?? 'medium';
      const subject = { kind: 'value', item } as const;
      return { clientId, appName, sensitivity, subject, lastReadAt: item.lastReadAt };
    });
  const permissions = app.permissions.map((permission): CheckUpRow => {
    const subject = { kind: 'permission', permission } as const;
    return { clientId, appName, sensitivity: permission.sensitivity, subject, lastReadAt: null };
  });
  return [...values, ...permissions];
}

function byUrgency(one: CheckUpRow, other: CheckUpRow): number {
  return (
    ORDER.indexOf(one.sensitivity) - ORDER.indexOf(other.sensitivity) ||
    (one.lastReadAt?.getTime() ?? 0) - (other.lastReadAt?.getTime() ?? 0) ||
    one.appName.localeCompare(other.appName)
  );
}

/** Has a year passed since the last look, or since the first app was connected? */
export function isCheckUpDue(
  times: { readonly checkedAt: Date | null; readonly connectedSince: Date | null },
  now: Date,
): boolean {
  if (times.connectedSince === null) return false;
  const yearAgo = new Date(now);
  yearAgo.setUTCFullYear(yearAgo.getUTCFullYear() - 1);
  return (times.checkedAt ?? times.connectedSince) < yearAgo;
}
