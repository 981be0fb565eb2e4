import { Type } from 'typebox';

import { type Accounts, FRESH_SECONDS } from '../../accounts/index.ts';
import { formPage, pageRoute, redirect, render, success } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { isSignInName, USERNAME_CLAIM, type Vault, describePhone } from '../../vault/index.ts';
import { PASSWORD_LENGTH, type Authentication } from '../index.ts';
import { passwordPage, type SecurityModel, securityPage } from './security-views.ts';

interface SecurityRoutesDeps {
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly authentication: Authentication;
}

const SECURITY = '/account/security';
const Password = Type.String({ minLength: 1, maxLength: 1_024 });

/** Where a person sees how they sign in, and changes the password. */
export function securityRoutes(deps: SecurityRoutesDeps): readonly AnyRoute[] {
  const { accounts, vault, authentication } = deps;
  return [
    pageRoute({
      method: 'get',
      path: SECURITY,
      access: 'person',
      handle: async ({ caller: { accountId } }) => {
        return render(securityPage, {
          passwordChangedAt: await authentication.passwordChangedAt(accountId),
          ...(await signInNames(vault, accountId)),
          lastSignInAt: await accounts.lastSignInAt(accountId),
        });
      },
    }),
    ...formPage({
      path: '/account/security/password',
      access: 'person',
      freshSeconds: FRESH_SECONDS,
      form: Type.Object({
        /** For password managers. */
        username: Type.Optional(Type.String({ maxLength: 254 })),
        currentPassword: Password,
        newPassword: Password,
      }),
      limit: { points: 20, perSeconds: 600 },
      show: async ({ caller, formErrors }) => {
        const { emails } = await signInNames(vault, caller.accountId);
        const [email = ''] = emails;
        return render(passwordPage, { email, shortest: PASSWORD_LENGTH.min, formErrors });
      },
      submit: async ({ caller, form, request }) => {
        try {
          await authentication.changePassword({
            ...form,
            accountId: caller.accountId,
            keepSessionUid: caller.sessionUid,
            locale: request.locale,
          });
        } catch (error) {
          throw isAppError(error, 'sign_in_locked') ? error.at('currentPassword') : error;
        }
        return redirect(SECURITY, success('authentication:flash.passwordChanged'));
      },
    }),
  ];
}

/** The names that the person can sign in with. */
async function signInNames(
  vault: Vault,
  accountId: string,
): Promise<Pick<SecurityModel, 'emails' | 'phones' | 'usernames'>> {
  const attributes = await vault.listAttributes(accountId);
  const valuesOf = (name: string): string[] =>
    attributes.flatMap((attribute) => {
      const { claim, value } = attribute;
      return claim === name && isSignInName(attribute) && typeof value === 'string' ? [value] : [];
    });
  return {
    emails: valuesOf('email'),
    phones: valuesOf('phone_number').map((number) => describePhone(number).text),
    usernames: valuesOf(USERNAME_CLAIM),
  };
}
