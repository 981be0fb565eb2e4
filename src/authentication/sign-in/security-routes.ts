import { Type } from 'typebox';

import { type Accounts, FRESH_SECONDS } from '../../accounts/index.ts';
import {
  type ActionResult,
  formPage,
  pageRoute,
  redirect,
  render,
  success,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import { isSignInName, USERNAME_CLAIM, type Vault, describePhone } from '../../vault/index.ts';
import type { Authentication } from '../index.ts';
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
    // A Well-Known URL for Changing Passwords (W3C), for password managers.
    pageRoute({
      method: 'get',
      path: '/.well-known/change-password',
      access: 'public',
      handle: async () => redirect('/account/security/password'),
    }),
    pageRoute({
      method: 'get',
      path: SECURITY,
      access: 'person',
      handle: async ({ caller: { accountId } }) => {
        return render(securityPage, {
          passwordChangedAt: await authentication.passwordChangedAt(accountId),
          ...(await signInNames(vault, accountId)),
          lastSignInAt: await accounts.lastSignInAt(accountId),
          passkeys: await authentication.listPasskeys({ accountId }),
          secondFactors: await authentication.listSecondFactors({ accountId }),
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
        /** Absent for an account without a password. */
        currentPassword: Type.Optional(Password),
        newPassword: Password,
      }),
      limit: { points: 20, perSeconds: 600 },
      query: Type.Object({ tried: Type.Optional(Type.Literal('wrong')) }),
      show: async ({ caller: { accountId }, query, formErrors }) => {
        const { emails } = await signInNames(vault, accountId);
        const [email = ''] = emails;
        const hasPassword = (await authentication.passwordChangedAt(accountId)) !== null;
        const errors = formErrors ?? (query.tried === undefined ? null : WRONG);
        const rules = await authentication.describeOwnPasswordRules({ accountId });
        const model = { email, hasPassword, rules, formErrors: errors };
        return render(passwordPage, model, errors === WRONG ? { status: 422 } : {});
      },
      submit: async ({ caller, form, request }) => {
        const { accountId, sessionUid } = caller;
        const { currentPassword, newPassword } = form;
        const change = { accountId, newPassword, locale: request.locale };
        try {
          if (currentPassword === undefined) await authentication.setFirstPassword(change);
          else {
            const current = { currentPassword, keepSessionUid: sessionUid };
            await authentication.changePassword({ ...change, ...current });
          }
        } catch (error) {
          return afterRefusal(error);
        }
        const done = currentPassword === undefined ? 'passwordSet' : 'passwordChanged';
        return redirect(SECURITY, success(`authentication:flash.${done}`));
      },
    }),
  ];
}

const WRONG = { currentPassword: 'password_wrong' };

/** A wrong password is counted, so a reload of the answer must not send it again. @throws errors that the form shows. */
function afterRefusal(error: unknown): ActionResult {
  if (!isAppError(error)) throw error;
  if (error.fields?.['currentPassword'] === 'password_wrong')
    return redirect('/account/security/password?tried=wrong');
  if (error.code === 'password_exists') throw error.at('form');
  throw error.code === 'sign_in_locked' ? error.at('currentPassword') : error;
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
