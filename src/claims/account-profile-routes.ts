import { Type } from 'typebox';

import { requireFresh } from '../accounts/index.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { route, type AnyRoute } from '../http/routing/route.ts';
import type { PersonCaller } from '../http/routing/caller.ts';
import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import { type Scopes, UPDATED_AT, withCompanions } from '../scopes/index.ts';
import { ValueBody, valueOf } from '../vault/http.ts';
import { AVATAR_CLAIM, canBecomeSignInName, type Vault } from '../vault/index.ts';
import { composeClaims } from './compose-claims.ts';
import type { Claims } from './index.ts';

interface AccountProfileDeps {
  readonly claims: Pick<Claims, 'releaseClaims' | 'recordTokenRead'>;
  readonly scopes: Pick<Scopes, 'claims'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'updateProfile'>;
  readonly clock: Clock;
}

const ProfileBody = Type.Object({ claims: Type.Record(Type.String(), Type.Unknown()) });

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
        'A person receives the default value of each claim. An app receives the same values as at UserInfo, and the read is recorded. ' +
        'A token with `account:read` receives all default values; this read is recorded as well.',
      access: 'person_or_app',
      scope: 'openid',
      response: ProfileBody,
      errorCodes: { 503: ['ledger_unavailable'] },
      handle: async ({ caller, request }) => {
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
        return { claims: await ownDefaults(deps, caller, { origin: request.origin }) };
      },
    }),
    updatingRoute(deps),
  ];
}

function updatingRoute(deps: AccountProfileDeps): AnyRoute {
  return route({
    method: 'patch',
    path: '/api/v1/account/profile',
    operationId: 'updateProfile',
    tag: 'Account',
    summary: 'Change several values of your profile together',
    description:
      'Replaces the default value of each claim in the body; `null` deletes all values of a claim. Claims that are not in the body stay unchanged. ' +
      'If one value is not valid, nothing is changed, and `fields` contains an error code for each. ' +
      'The answer is the whole profile, or for a token without `account:read` only the claims of the body. ' +
      'E-mails, phones and pictures have separate operations, because they are verified or uploaded. ' +
      'Changing the username needs a sign-in of the last ten minutes: an access token cannot do it.',
    access: 'person',
    scope: 'account:write',
    body: Type.Object({
      claims: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }), Nullable(ValueBody), {
        minProperties: 1,
        maxProperties: 50,
        additionalProperties: false,
      }),
    }),
    response: ProfileBody,
    errorCodes: {
      400: ['profile_invalid'],
      403: ['fresh_sign_in_required'],
      503: ['ledger_unavailable'],
    },
    limit: { points: 60, perSeconds: 60 },
    handle: async ({ caller, body, request }) => {
      const { accountId } = caller;
      if (Object.keys(body.claims).some(canBecomeSignInName)) {
        requireFresh(deps.clock.now(), caller.authenticatedAt);
      }
      const changes = Object.entries(body.claims).map(
        ([claim, value]) => [claim, value === null ? null : valueOf(value)] as const,
      );
      await deps.vault.updateProfile({ accountId, changes: Object.fromEntries(changes) });
      const mayRead = caller.via === 'session' || caller.scopes.has('account:read');
      const shown = mayRead ? undefined : new Set(Object.keys(body.claims));
      return { claims: await ownDefaults(deps, caller, { origin: request.origin, shown }) };
    },
  });
}

interface OwnDefaults {
  readonly origin: string;
  /** Only these claims; all when left out. */
  readonly shown?: ReadonlySet<string> | undefined;
}

/** The default values of the person; a read by an app with its token is recorded first. */
async function ownDefaults(
  deps: AccountProfileDeps,
  caller: PersonCaller,
  { origin, shown }: OwnDefaults,
): Promise<Record<string, unknown>> {
  const all = Object.entries(await defaultValues(deps, caller.accountId, origin));
  const claims = Object.fromEntries(all.filter(([name]) => shown?.has(name) ?? true));
  if (caller.via === 'token') {
    await deps.claims.recordTokenRead({ caller, claims: Object.keys(claims) });
  }
  return claims;
}

async function defaultValues(
  { vault, scopes }: AccountProfileDeps,
  accountId: string,
  origin: string,
): Promise<Record<string, unknown>> {
  const [attributes, { live }] = await Promise.all([
    vault.listAttributes(accountId),
    scopes.claims(),
  ]);
  const names = new Set(live.map(({ name }) => name));
  const defaults = attributes.filter(({ isDefault, claim }) => isDefault && names.has(claim));
  const requested = new Set([...withCompanions(defaults.map(({ claim }) => claim)), UPDATED_AT]);
  const shown = defaults.map((attribute) =>
    attribute.claim === AVATAR_CLAIM
      ? { ...attribute, value: `${origin}/api/v1/account/avatars/${attribute.id}/512` }
      : attribute,
  );
  return composeClaims(shown, requested);
}
