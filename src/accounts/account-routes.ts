import { Type } from 'typebox';

import type { PersonCaller } from '../http/routing/caller.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { type AnyRoute, Nothing, route } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import type { Languages } from '../platform/languages.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { AccountView } from './account-schema.ts';
import type { Accounts } from './index.ts';

interface AccountRoutesDeps {
  readonly db: Database;
  readonly accounts: Accounts;
  readonly languages: Pick<Languages, 'installed'>;
}

const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;
const Locale = Nullable(
  Type.String({ maxLength: 35, description: 'A language of this installation.' }),
);

/** Operations of a person on the account itself. Personal values are in the vault. */
export function accountRoutes({ db, accounts, languages }: AccountRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/account',
      operationId: 'readAccount',
      tag: 'Account',
      summary: 'Read your account',
      access: 'person',
      scope: 'account:read',
      response: AccountView,
      handle: async ({ caller }) => readOwn(accounts, caller),
    }),
    route({
      ...WRITE,
      method: 'patch',
      path: '/api/v1/account',
      operationId: 'changeAccount',
      summary: 'Choose the language of your mails and pages',
      body: Type.Object({ locale: Locale }),
      response: AccountView,
      handle: async ({ caller, body }) => {
        const { accountId } = caller;
        const { locale } = body;
        if (locale !== null && !languages.installed.includes(locale)) {
          throw new AppError('invalid', 'body_invalid', { fields: { locale: 'not_an_option' } });
        }
        await db.transaction((tx) => accounts.setLocale(tx, { accountId, locale }));
        return { ...(await readOwn(accounts, caller)), locale };
      },
    }),
    route({
      ...WRITE,
      method: 'post',
      path: '/api/v1/account/sign-out-everywhere',
      operationId: 'signOutEverywhere',
      summary: 'Sign out everywhere, including here',
      description:
        'Ends every session and every access that apps have. Your decisions about apps stay.',
      response: Nothing,
      handle: async ({ caller }) => accounts.signOutEverywhere({ accountId: caller.accountId }),
    }),
  ];
}

async function readOwn(accounts: Accounts, { accountId }: PersonCaller) {
  const account = await accounts.find(accountId);
  if (account === null) throw new AppError('not_found', 'account_not_found');
  return { ...account, lastSignInAt: await accounts.lastSignInAt(accountId) };
}
