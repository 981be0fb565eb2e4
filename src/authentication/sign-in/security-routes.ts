import { Type } from 'typebox';

import type { Accounts } from '../../accounts/index.ts';
import { FRESH_SECONDS } from '../../accounts/index.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import { pageRoute, type PageResult, redirect, render } from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { isSignInName, USERNAME_CLAIM, type Vault } from '../../vault/index.ts';
import { PASSWORD_LENGTH, type Authentication } from '../index.ts';
import { passwordPage, type SecurityModel, securityPage } from './security-views.ts';

interface SecurityRoutesDeps {
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly authentication: Authentication;
}

const SECURITY = '/account/security';
const PASSWORD = '/account/security/password';
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
    pageRoute({
      method: 'get',
      path: PASSWORD,
      access: 'person',
      freshSeconds: FRESH_SECONDS,
      handle: async ({ caller }) => showPassword(vault, caller.accountId, null),
    }),
    pageRoute({
      method: 'post',
      path: PASSWORD,
      access: 'person',
      freshSeconds: FRESH_SECONDS,
      form: Type.Object({ currentPassword: Password, newPassword: Password }),
      limit: { points: 20, perSeconds: 600 },
      handle: async ({ caller, form, formErrors, request }) => {
        if (formErrors) return showPassword(vault, caller.accountId, formErrors);
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
        return redirect(SECURITY, {
          flash: { kind: 'good', message: 'authentication:flash.passwordChanged' },
        });
      },
    }),
  ];
}

async function showPassword(
  vault: Vault,
  accountId: string,
  formErrors: FormErrors | null,
): Promise<PageResult> {
  const { emails } = await signInNames(vault, accountId);
  const [email = ''] = emails;
  return render(passwordPage, { email, shortest: PASSWORD_LENGTH.min, formErrors });
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
    phones: valuesOf('phone_number'),
    usernames: valuesOf(USERNAME_CLAIM),
  };
}
