import { Type } from 'typebox';

import { requireFresh } from '../accounts/index.ts';
import type { PersonCaller } from '../http/caller.ts';
import { type AnyRoute, Nothing, route } from '../http/route.ts';
import type { Clock } from '../platform/clock.ts';
import type { Authentication } from './index.ts';

export interface CredentialRoutesDeps {
  readonly authentication: Authentication;
  readonly clock: Clock;
}

const AttributeParams = Type.Object({ attributeId: Type.String({ format: 'uuid' }) });
const CODE_CODES = [
  'code_wrong',
  'code_dead',
  'code_locked',
  'address_taken',
  'attribute_not_found',
];

/** Password and proofs of addresses as JSON. */
export function credentialRoutes({
  authentication,
  clock,
}: CredentialRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'put',
      path: '/api/v1/account/password',
      operationId: 'changePassword',
      tag: 'Account',
      summary: 'Change your password',
      description:
        'Ends every other session and every access that apps have, and mails you a notice. A new password has 15 to 128 characters of any kind.',
      access: 'person',
      scope: 'account:write',
      body: Type.Object({
        currentPassword: Type.String({ maxLength: 1_024 }),
        newPassword: Type.String({ maxLength: 1_024 }),
      }),
      response: Nothing,
      errorCodes: ['password_invalid', 'sign_in_locked', 'busy'],
      limit: { points: 20, perSeconds: 600 },
      handle: async ({ caller, body, request }) =>
        authentication.changePassword({
          ...body,
          accountId: caller.accountId,
          keepSessionUid: sessionOf(caller),
          locale: request.locale,
        }),
    }),
    route({
      method: 'post',
      path: '/api/v1/account/attributes/{attributeId}/verification',
      operationId: 'requestVerification',
      tag: 'Account',
      summary: 'Send a code to an e-mail or phone you have added',
      access: 'person',
      scope: 'account:write',
      params: AttributeParams,
      response: Nothing,
      errorCodes: [
        'attribute_not_found',
        'already_verified',
        'claim_not_verifiable',
        'sms_off',
        'code_cooldown',
        'rate_limited',
        'fresh_sign_in_required',
      ],
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
      method: 'post',
      path: '/api/v1/account/attributes/{attributeId}/verification/confirm',
      operationId: 'confirmVerification',
      tag: 'Account',
      summary: 'Prove an e-mail or phone by the code that was sent to it',
      access: 'person',
      scope: 'account:write',
      params: AttributeParams,
      body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
      response: Nothing,
      errorCodes: CODE_CODES,
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

function sessionOf(caller: PersonCaller): string | null {
  return caller.via === 'session' ? caller.sessionUid : null;
}
