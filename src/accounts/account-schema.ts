import { Type, type Static } from 'typebox';

import type { Account } from './account.ts';

/** An account as its owner sees it. */
export const AccountView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.String({ description: 'Always `active`, because no other account can read it.' }),
    locale: Type.Union([Type.String(), Type.Null()], {
      description: 'Language of mails and pages; null follows the browser.',
    }),
    isAdministrator: Type.Boolean(),
    lastSignInAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { title: 'Account' },
);

/** Presents an account to its owner. */
export function presentAccount(
  account: Account,
  lastSignInAt: Date | null,
): Static<typeof AccountView> {
  return {
    id: account.id,
    status: account.status,
    locale: account.locale,
    isAdministrator: account.isAdministrator,
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
    createdAt: account.createdAt.toISOString(),
  };
}
