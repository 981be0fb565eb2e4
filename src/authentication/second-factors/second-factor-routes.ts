import { Type } from 'typebox';

import { requireFresh } from '../../accounts/index.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import type { Clock } from '../../platform/clock.ts';
import { defaultEmail, type Vault } from '../../vault/index.ts';
import type { Authentication } from '../index.ts';
import { EnrolmentView, RecoveryCodesView, SecondFactorsView } from './second-factor-schema.ts';
import { totpUri } from './totp.ts';

export interface SecondFactorRoutesDeps {
  readonly authentication: Authentication;
  readonly clock: Clock;
  readonly vault: Pick<Vault, 'listAttributes'>;
  readonly config: { readonly brand: { readonly name: string } };
}

const READ = { tag: 'Account', access: 'person', scope: 'account:read' } as const;
const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;
const PATH = '/api/v1/account/second-factors';

/** The second step of the person's sign-ins as JSON. Changes need a fresh proof of identity. */
export function secondFactorRoutes(deps: SecondFactorRoutesDeps): readonly AnyRoute[] {
  return [listing(deps), ...enrolling(deps), ...removing(deps), renewing(deps)];
}

function listing({ authentication }: SecondFactorRoutesDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: PATH,
    operationId: 'listSecondFactors',
    summary: 'Show the second step of your sign-ins',
    response: SecondFactorsView,
    handle: async ({ caller: { accountId } }) => authentication.listSecondFactors({ accountId }),
  });
}

function enrolling(deps: SecondFactorRoutesDeps): readonly AnyRoute[] {
  const { authentication, clock } = deps;
  return [
    route({
      ...WRITE,
      method: 'post',
      path: `${PATH}/authenticator`,
      operationId: 'startAuthenticator',
      summary: 'Start setting up an authenticator app',
      description: 'Nothing changes until the first code of the app is confirmed.',
      response: EnrolmentView,
      errorCodes: { 403: ['fresh_sign_in_required'], 409: ['authenticator_exists'] },
      limit: { points: 20, perSeconds: 600 },
      handle: async ({ caller: { accountId, authenticatedAt } }) => {
        requireFresh(clock.now(), authenticatedAt);
        const { secret, ticket } = await authentication.startTotp({ accountId });
        return { secret, ticket, uri: await totpUriOf(deps, accountId, secret) };
      },
    }),
    route({
      ...WRITE,
      method: 'post',
      path: `${PATH}/authenticator/confirm`,
      operationId: 'confirmAuthenticator',
      summary: 'Finish setting up an authenticator app',
      description:
        'From now on a sign-in has a second step. The answer contains ten recovery codes, which are shown only here.',
      body: Type.Object({
        ticket: Type.String({ maxLength: 2_000 }),
        code: Type.String({ minLength: 1, maxLength: 20 }),
      }),
      response: RecoveryCodesView,
      errorCodes: {
        400: ['code_wrong'],
        403: ['fresh_sign_in_required'],
        409: ['authenticator_exists'],
        410: ['authenticator_ticket_expired'],
      },
      limit: { points: 20, perSeconds: 600 },
      handle: async ({ caller: { accountId, authenticatedAt }, body }) => {
        requireFresh(clock.now(), authenticatedAt);
        const { recoveryCodes } = await authentication.confirmTotp({ accountId, ...body });
        return { recoveryCodes: [...recoveryCodes] };
      },
    }),
  ];
}

function removing({ authentication, clock }: SecondFactorRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'delete',
      path: `${PATH}/authenticator`,
      operationId: 'removeAuthenticator',
      summary: 'Remove the authenticator app',
      description: 'A sign-in then needs one step. The recovery codes end as well.',
      response: Nothing,
      errorCodes: {
        403: ['fresh_sign_in_required'],
        404: ['authenticator_not_found'],
        409: ['password_too_short_alone'],
      },
      handle: async ({ caller: { accountId, authenticatedAt } }) => {
        requireFresh(clock.now(), authenticatedAt);
        await authentication.removeTotp({ accountId });
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: `${PATH}/trusted-browsers`,
      operationId: 'endBrowserTrust',
      summary: 'Require the second step in every browser again',
      response: Nothing,
      handle: async ({ caller: { accountId } }) => authentication.endBrowserTrust({ accountId }),
    }),
  ];
}

function renewing({ authentication, clock }: SecondFactorRoutesDeps): AnyRoute {
  return route({
    ...WRITE,
    method: 'post',
    path: `${PATH}/recovery-codes`,
    operationId: 'replaceRecoveryCodes',
    summary: 'Make new recovery codes',
    description: 'The earlier codes stop working. The new ones are shown only here.',
    response: RecoveryCodesView,
    errorCodes: { 403: ['fresh_sign_in_required'], 409: ['second_factor_missing'] },
    limit: { points: 20, perSeconds: 600 },
    handle: async ({ caller: { accountId, authenticatedAt } }) => {
      requireFresh(clock.now(), authenticatedAt);
      return { recoveryCodes: [...(await authentication.replaceRecoveryCodes({ accountId }))] };
    },
  });
}

/** The address that an authenticator app reads: it names this installation and the person's e-mail. */
export async function totpUriOf(
  { config, vault }: Pick<SecondFactorRoutesDeps, 'config' | 'vault'>,
  accountId: string,
  secret: string,
): Promise<string> {
  const issuer = config.brand.name;
  const label = defaultEmail(await vault.listAttributes(accountId)) ?? issuer;
  return totpUri({ issuer, label, secret });
}
