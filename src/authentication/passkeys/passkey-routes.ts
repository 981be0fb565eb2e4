import { Type } from 'typebox';

import { requireFresh } from '../../accounts/index.ts';
import { UuidParam } from '../../http/routing/path-parameters.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Authentication } from '../index.ts';
import { RecoveryCodesView } from '../second-factors/second-factor-schema.ts';
import {
  NewPasskeyBody,
  PasskeyCreationView,
  PasskeyNameBody,
  PasskeysView,
  PasskeyView,
} from './passkey-schema.ts';

interface PasskeyRoutesDeps {
  readonly authentication: Authentication;
  readonly clock: Clock;
}

const READ = { tag: 'Account', access: 'person', scope: 'account:read' } as const;
const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;
const PATH = '/api/v1/account/passkeys';
const LIMIT = { points: 20, perSeconds: 600 } as const;
const PasskeyParams = Type.Object({ passkeyId: UuidParam });

/** The passkeys of the person as JSON. Adding and removing one needs a fresh proof of identity. */
export function passkeyRoutes(deps: PasskeyRoutesDeps): readonly AnyRoute[] {
  return [listing(deps), ...adding(deps), ...changing(deps), ...requiring(deps)];
}

function listing({ authentication }: PasskeyRoutesDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: PATH,
    operationId: 'listPasskeys',
    summary: 'List your passkeys',
    response: PasskeysView,
    handle: async ({ caller: { accountId } }) => ({
      passkeys: [...(await authentication.listPasskeys({ accountId }))],
    }),
  });
}

function adding({ authentication, clock }: PasskeyRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'post',
      path: `${PATH}/options`,
      operationId: 'startPasskey',
      summary: 'Start adding a passkey',
      description:
        'Nothing changes until the credential is sent. Passkeys are bound to the domain of this server, so only its own pages and apps that it lists can create them.',
      response: PasskeyCreationView,
      errorCodes: { 403: ['fresh_sign_in_required'], 409: ['too_many_passkeys'] },
      limit: LIMIT,
      handle: async ({ caller: { accountId, authenticatedAt }, request: { deviceId } }) => {
        requireFresh(clock.now(), authenticatedAt);
        return authentication.startPasskey({ accountId, deviceId });
      },
    }),
    route({
      ...WRITE,
      method: 'post',
      path: PATH,
      operationId: 'addPasskey',
      summary: 'Add the passkey that was created',
      description: 'It can sign in without a name or a password from now on. You get a mail.',
      body: NewPasskeyBody,
      response: PasskeyView,
      errorCodes: {
        400: ['passkey_refused'],
        403: ['fresh_sign_in_required'],
        409: ['passkey_exists', 'too_many_passkeys'],
        410: ['passkey_expired'],
      },
      limit: LIMIT,
      handle: async ({ caller: { accountId, authenticatedAt }, body, request: { deviceId } }) => {
        requireFresh(clock.now(), authenticatedAt);
        const { ticket, credential: answer } = body;
        return authentication.addPasskey({ accountId, deviceId, ticket, answer });
      },
    }),
  ];
}

function changing({ authentication, clock }: PasskeyRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'patch',
      path: `${PATH}/{passkeyId}`,
      operationId: 'renamePasskey',
      summary: 'Rename a passkey',
      params: PasskeyParams,
      body: PasskeyNameBody,
      response: Nothing,
      errorCodes: { 400: ['name_invalid'], 404: ['passkey_not_found'] },
      handle: async ({ caller: { accountId }, params: { passkeyId }, body: { name } }) =>
        authentication.renamePasskey({ accountId, passkeyId, name }),
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: `${PATH}/{passkeyId}`,
      operationId: 'removePasskey',
      summary: 'Remove a passkey',
      description:
        'It cannot sign in any more. When it was the last second factor, a sign-in needs one step again. You get a mail.',
      params: PasskeyParams,
      response: Nothing,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        404: ['passkey_not_found'],
        409: ['password_too_short_alone'],
      },
      handle: async ({ caller: { accountId, authenticatedAt }, params: { passkeyId } }) => {
        requireFresh(clock.now(), authenticatedAt);
        await authentication.removePasskey({ accountId, passkeyId });
      },
    }),
  ];
}

function requiring({ authentication, clock }: PasskeyRoutesDeps): readonly AnyRoute[] {
  const path = '/api/v1/account/second-factors/requirement';
  return [
    route({
      ...WRITE,
      method: 'put',
      path,
      operationId: 'requireSecondStep',
      summary: 'Require a second step after your password',
      description:
        'A passkey is enough for the second step. The answer contains recovery codes when the sign-in had no second step before; they are shown only here.',
      response: RecoveryCodesView,
      errorCodes: { 403: ['fresh_sign_in_required'], 409: ['passkey_missing'] },
      limit: LIMIT,
      handle: async ({ caller: { accountId, authenticatedAt } }) => {
        requireFresh(clock.now(), authenticatedAt);
        return {
          recoveryCodes: [...((await authentication.requireSecondStep({ accountId })) ?? [])],
        };
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path,
      operationId: 'stopRequiringSecondStep',
      summary: 'Stop requiring a second step',
      description: 'An authenticator app keeps the second step.',
      response: Nothing,
      errorCodes: { 403: ['fresh_sign_in_required'], 409: ['password_too_short_alone'] },
      handle: async ({ caller: { accountId, authenticatedAt } }) => {
        requireFresh(clock.now(), authenticatedAt);
        await authentication.stopRequiringSecondStep({ accountId });
      },
    }),
  ];
}
