import { Type } from 'typebox';

import { type Accounts, requireFresh } from '../../accounts/index.ts';
import type { PersonCaller } from '../../http/routing/caller.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Authentication } from '../index.ts';

interface CredentialRoutesDeps {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly authentication: Authentication;
  readonly clock: Clock;
}

const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;
const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });

/** Password and proofs of addresses as JSON. */
export function credentialRoutes(deps: CredentialRoutesDeps): readonly AnyRoute[] {
  return [passwordRoute(deps), ...verificationRoutes(deps)];
}

function passwordRoute(deps: CredentialRoutesDeps): AnyRoute {
  const { authentication } = deps;
  return route({
    ...WRITE,
    method: 'put',
    path: '/api/v1/account/password',
    operationId: 'changePassword',
    summary: 'Change or set your password',
    description:
      'Ends every other session and every access that apps have, and mails you a notice. A new password has 15 to 128 characters of any kind, or at least 8 while the sign-in has a second step. An account whose sign-in has a second step needs a fresh sign-in with both steps. An account without a password sets its first one without `currentPassword`, after a fresh sign-in; then nothing ends.',
    body: Type.Object({
      currentPassword: Type.Optional(Type.String({ maxLength: 1_024 })),
      newPassword: Type.String({ maxLength: 1_024 }),
    }),
    response: Nothing,
    errorCodes: {
      400: ['password_invalid'],
      403: ['fresh_sign_in_required'],
      409: ['password_exists'],
      429: ['sign_in_locked'],
      503: ['busy'],
    },
    limit: { points: 20, perSeconds: 600 },
    handle: async ({ caller, body: { currentPassword, newPassword }, request: { locale } }) => {
      const { accountId } = caller;
      await requireEveryStep(deps, { caller, currentPassword });
      if (currentPassword === undefined)
        return authentication.setFirstPassword({ accountId, newPassword, locale });
      const change = { accountId, currentPassword, newPassword, locale };
      return authentication.changePassword({ ...change, keepSessionUid: sessionOf(caller) });
    },
  });
}

function verificationRoutes({ authentication, clock }: CredentialRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'post',
      path: '/api/v1/account/attributes/{attributeId}/verification',
      operationId: 'requestVerification',
      summary: 'Send a code to an e-mail or phone you have added',
      params: AttributeParams,
      response: Nothing,
      errorCodes: {
        400: ['claim_not_verifiable'],
        403: ['fresh_sign_in_required'],
        404: ['attribute_not_found'],
        409: ['already_verified', 'sms_off'],
        429: ['code_cooldown', 'rate_limited', 'too_many_messages'],
      },
      handle: async ({ caller, params, request }) => {
        requireFresh(clock.now(), caller.authenticatedAt);
        await authentication.requestAttributeCode({
          accountId: caller.accountId,
          attributeId: params.attributeId,
          locale: request.locale,
          deviceId: request.deviceId,
          ip: request.network,
        });
      },
    }),
    route({
      ...WRITE,
      method: 'post',
      path: '/api/v1/account/attributes/{attributeId}/verification/confirm',
      operationId: 'confirmVerification',
      summary: 'Prove an e-mail or phone by the code that was sent to it',
      params: AttributeParams,
      body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
      response: Nothing,
      errorCodes: {
        400: ['code_wrong'],
        403: ['account_inactive'],
        404: ['attribute_not_found'],
        409: ['address_taken', 'last_administrator', 'value_changed'],
        410: ['code_expired'],
        429: ['code_locked'],
      },
      handle: async ({ caller, params, body, request }) =>
        authentication.confirmAttribute({
          accountId: caller.accountId,
          attributeId: params.attributeId,
          code: body.code,
          locale: request.locale,
          ip: request.network,
        }),
    }),
  ];
}

/**
 * The current password proves the identity of a person who signs in with one step. It is not enough beside a second step, and there
 * is none before the first password. @throws AppError `fresh_sign_in_required`.
 */
async function requireEveryStep(
  { accounts, clock }: CredentialRoutesDeps,
  change: { readonly caller: PersonCaller; readonly currentPassword: string | undefined },
): Promise<void> {
  const { accountId, authenticatedAt } = change.caller;
  const account = await accounts.find(accountId);
  const isOneStep = account !== null && account.secondFactorSince === null;
  if (isOneStep && change.currentPassword !== undefined) return;
  requireFresh(clock.now(), authenticatedAt);
}

function sessionOf(caller: PersonCaller): string | null {
  return caller.via === 'session' ? caller.sessionUid : null;
}
