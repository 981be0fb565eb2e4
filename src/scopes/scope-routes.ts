import { Type } from 'typebox';

import { Nothing, route, type AnyRoute } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import type { Scopes } from './index.ts';
import { NewScope, presentScope, ScopeChanges, ScopeView } from './scope-schema.ts';
import { ScopeParams } from './scope-path-schema.ts';

export interface ScopeRouteDeps {
  readonly scopes: Scopes;
}

const TAG = 'Permissions';
const MANAGE = { tag: TAG, access: 'administrator', scope: 'scopes:manage' } as const;
const PATH = '/api/v1/scopes';

/** The catalogue of permissions: open to read, administrators change it. */
export function scopeRoutes({ scopes }: ScopeRouteDeps): readonly AnyRoute[] {
  return [...readingRoutes(scopes), ...changingRoutes(scopes)];
}

function readingRoutes(scopes: Scopes): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'listScopes',
      tag: TAG,
      summary: 'List the permissions that apps can request',
      description: 'The current catalogue, with texts in every installed language.',
      access: 'public',
      response: Type.Object({ scopes: Type.Array(ScopeView) }),
      handle: async () => {
        const { dataScopes, apiScopes } = await scopes.catalogue();
        return { scopes: [...dataScopes, ...apiScopes].map(presentScope) };
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/{name}`,
      operationId: 'readScope',
      tag: TAG,
      summary: 'Read one permission, also one that was retired',
      access: 'public',
      params: ScopeParams,
      response: ScopeView,
      errorCodes: { 404: ['scope_not_found'] },
      handle: async ({ params }) => {
        const scope = (await scopes.catalogue()).byName.get(params.name);
        if (scope === undefined) throw new AppError('not_found', 'scope_not_found');
        return presentScope(scope);
      },
    }),
  ];
}

function changingRoutes(scopes: Scopes): readonly AnyRoute[] {
  return [
    route({
      ...MANAGE,
      method: 'post',
      path: PATH,
      operationId: 'defineScope',
      summary: 'Define a permission that apps can request',
      body: NewScope,
      response: ScopeView,
      status: 201,
      location: ({ name }) => `${PATH}/${encodeURIComponent(name)}`,
      errorCodes: { 400: ['scope_invalid'], 409: ['scope_name_taken'] },
      handle: async ({ body, caller }) =>
        presentScope(await scopes.defineScope({ ...body, actorId: caller.accountId })),
    }),
    route({
      ...MANAGE,
      method: 'patch',
      path: `${PATH}/{name}`,
      operationId: 'changeScope',
      summary: 'Change the texts, the sensitivity or the claims of a permission',
      params: ScopeParams,
      body: ScopeChanges,
      response: ScopeView,
      errorCodes: {
        400: ['scope_invalid'],
        404: ['scope_not_found'],
        409: ['scope_is_standard', 'scope_retired'],
      },
      handle: async ({ params, body, caller }) =>
        presentScope(
          await scopes.changeScope({ ...body, name: params.name, actorId: caller.accountId }),
        ),
    }),
    route({
      ...MANAGE,
      method: 'delete',
      path: `${PATH}/{name}`,
      operationId: 'retireScope',
      summary: 'Retire a permission',
      description:
        'It can no longer be requested or granted. Decisions about it stay in the history of people; the name is never reused.',
      params: ScopeParams,
      response: Nothing,
      errorCodes: { 404: ['scope_not_found'], 409: ['scope_is_standard'] },
      handle: async ({ params, caller }) =>
        scopes.retireScope({ name: params.name, actorId: caller.accountId }),
    }),
  ];
}
