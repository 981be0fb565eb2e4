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
  /** Where to stop sharing it; null: the app cannot work without it, or it goes with the whole access. */
  readonly stopAction: string | null;
  readonly endHref: string;
}

/** The yearly look through what apps may see. */
export interface CheckUpModel {
  readonly rows: readonly CheckUpRowView[];
  readonly checkedAt: Date | null;
  readonly isDue: boolean;
}

export const CHECK_UP = '/account/check-up';

export const checkUpPage = page<CheckUpModel>('consents/check-up.njk', {
  rows: [
    {
      title: 'Read your whole account',
      icon: 'key',
      lines: [],
      purpose: 'See everything in your account: all your details, connected apps and history.',
      appName: 'Bookshop',
      appHref: '/account/apps/bookshop',
      isSensitive: true,
      isPermission: true,
      lastReadAt: null,
      stopAction: null,
      endHref: '/account/apps/bookshop/end',
    },
    {
      title: 'E-mail',
      icon: 'mail',
      lines: ['anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org'],
      purpose: 'To send your receipts.',
      appName: 'An app whose makers gave it a rather long name indeed',
      appHref: '/account/apps/x',
      isSensitive: false,
      isPermission: false,
      lastReadAt: new Date('2026-03-01T10:00:00Z'),
      stopAction: '/account/check-up/apps/x/items/email',
      endHref: '/account/apps/x/end',
    },
  ],
  checkedAt: new Date('2025-10-01T10:00:00Z'),
  isDue: true,
});

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
