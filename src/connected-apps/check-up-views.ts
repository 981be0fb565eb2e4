import { page } from '../http/pages/page.ts';
import { valueLines } from '../vault/index.ts';
import { appHref } from './app-list-views.ts';
import type { CheckUp, CheckUpRow } from './check-up.ts';

export const CHECK_UP = '/account/check-up';

export const checkUpPage = page<ReturnType<typeof presentCheckUp>>('connected-apps/check-up.njk');

/** The yearly review of the access of apps. */
export function presentCheckUp({ rows, checkedAt, isDue }: CheckUp, locale: string) {
  return { rows: rows.map((row) => presentRow(row, locale)), checkedAt, isDue };
}

function presentRow(row: CheckUpRow, locale: string) {
  const { clientId, appName, logo, sensitivity, subject, lastReadAt } = row;
  const common = {
    appName,
    logo,
    appHref: appHref(clientId),
    isSensitive: sensitivity === 'high',
    lastReadAt,
    endHref: `${appHref(clientId)}/end`,
  };
  if (subject.kind === 'permission') {
    const { title, description } = subject.permission;
    const nothing = { lines: [] as readonly string[], stopAction: null };
    return { ...common, ...nothing, title, icon: 'key', purpose: description, isPermission: true };
  }
  const { claim, title, icon, attribute, definition, purpose, isEssential } = subject.item;
  return {
    ...common,
    title,
    icon,
    lines: attribute === null ? [] : valueLines(attribute.value, definition, locale),
    purpose,
    isPermission: false,
    /** Null: it cannot be removed alone, because the app needs it or because it ends only with the whole access. */
    stopAction: isEssential
      ? null
      : `${CHECK_UP}/apps/${encodeURIComponent(clientId)}/items/${encodeURIComponent(claim)}`,
  };
}
