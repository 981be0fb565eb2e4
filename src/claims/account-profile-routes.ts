import { Type } from 'typebox';

import { route, type AnyRoute } from '../http/route.ts';
import { AppError } from '../platform/app-error.ts';
import type { Vault } from '../vault/index.ts';
import { composeClaims } from './compose-claims.ts';
import type { Claims } from './create-claims.ts';

export interface AccountProfileDeps {
  readonly claims: Pick<Claims, 'releaseClaims' | 'recordTokenRead'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'claims'>;
}

/** The part of the account API that apps may use as well. */
export function accountProfileRoutes(deps: AccountProfileDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/account/profile',
      operationId: 'readProfile',
      tag: 'Account',
      summary: 'Read the profile: your own default values, or what an app was allowed',
      description:
        'A person sees the default value of each claim. An app sees what UserInfo would tell it, and the reading is on record. ' +
        'A token with `account:read` sees all defaults; that is on record as well.',
      access: 'person_or_app',
      scope: 'openid',
      response: Type.Object({ claims: Type.Record(Type.String(), Type.Unknown()) }),
      errorCodes: ['ledger_unavailable'],
      handle: async ({ caller }) => {
        if (caller.kind === 'app') {
          const { accountId, clientId, grantId, requestedClaims } = caller;
          const scopes = [...caller.scopes];
          return {
            claims: await deps.claims.releaseClaims({
              accountId,
              clientId,
              grantId,
              scopes,
              requestedClaims,
              channel: 'account_api',
            }),
          };
        }
        if (caller.via === 'token' && !caller.scopes.has('account:read')) {
          throw new AppError('forbidden', 'forbidden');
        }
        const claims = await defaultValues(deps.vault, caller.accountId);
        if (caller.via === 'token') {
          const { accountId, clientId } = caller;
          await deps.claims.recordTokenRead({ accountId, clientId, claims: Object.keys(claims) });
        }
        return { claims };
      },
    }),
  ];
}

async function defaultValues(
  vault: AccountProfileDeps['vault'],
  accountId: string,
): Promise<Record<string, unknown>> {
  const [attributes, { live }] = await Promise.all([
    vault.listAttributes(accountId),
    vault.claims(),
  ]);
  const names = new Set(live.map(({ name }) => name));
  const defaults = attributes.filter(({ isDefault, claim }) => isDefault && names.has(claim));
  const companions = live.map(({ verifiedClaim }) => verifiedClaim);
  const asked = [...defaults.map(({ claim }) => claim), ...companions, 'updated_at'];
  return composeClaims(defaults, new Set(asked.filter((name) => name !== null)));
}
