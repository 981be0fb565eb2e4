import { page } from '../http/pages/page.ts';
import { valueLines } from '../vault/index.ts';
import { appHref } from './connected-app-views.ts';
import type { CheckUp, CheckUpRow } from './check-up.ts';

/** One row of the check-up. */
export interface CheckUpRowView {
  readonly title: string;
  readonly icon: string;
  readonly lines: readonly string[];
  readonly purpose: string | null;
  readonly appName: string;
  readonly appHref: string;
  readonly isSensitive: boolean;
  readonly isPermission: boolean;
  readonly lastReadAt: Date | null;
  /** The address that stops sharing it; null: the app cannot work without it, or it ends with the whole access. */
  readonly stopAction: string | null;
  readonly endHref: string;
}

/** The yearly review of the access of apps. */
export interface CheckUpModel {
  readonly rows: readonly CheckUpRowView[];
  readonly checkedAt: Date | null;
  readonly isDue: boolean;
}

export const CHECK_UP = '/account/check-up';

export const checkUpPage = page<CheckUpModel>('connected-apps/check-up.njk');

export function presentCheckUp(checkUp: CheckUp, locale: string): CheckUpModel {
  const { rows, checkedAt, isDue } = checkUp;
  return { rows: rows.map((row) => presentRow(row, locale)), checkedAt, isDue };
}

function presentRow(row: CheckUpRow, locale: string): CheckUpRowView {
  const { clientId, appName, sensitivity, subject, lastReadAt } = row;
  const common = {
    appName,
    appHref: appHref(clientId),
    isSensitive: sensitivity === 'high',
    lastReadAt,
    endHref: `${appHref(clientId)}/end`,
  };
  if (subject.kind === 'permission') {
    const { title, description } = subject.permission;
    const nothing = { lines: [], stopAction: null };
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
    stopAction: isEssential
      ? null
      : `${CHECK_UP}/apps/${encodeURIComponent(clientId)}/items/${encodeURIComponent(claim)}`,
  };
}
