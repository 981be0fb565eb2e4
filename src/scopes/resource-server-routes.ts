import { Type } from 'typebox';

import { route, type AnyRoute } from '../http/routing/route.ts';
import type { ScopeRouteDeps } from './scope-routes.ts';
import { NewResourceServer, ResourceServerChanges, ResourceServerView } from './scope-schema.ts';
import { ResourceServerParams } from './scope-path-schema.ts';

const MANAGE = { tag: 'Permissions', access: 'administrator', scope: 'scopes:manage' } as const;
const PATH = '/api/v1/resource-servers';

/** The APIs that tokens are issued for; administrators only. */
export function resourceServerRoutes({ scopes }: ScopeRouteDeps): readonly AnyRoute[] {
  return [
    route({
      ...MANAGE,
      method: 'get',
      path: PATH,
      operationId: 'listResourceServers',
      summary: 'List the APIs that tokens are issued for',
      response: Type.Object({ resourceServers: Type.Array(ResourceServerView) }),
      handle: async () => ({
        resourceServers: await scopes.listResourceServers(),
      }),
    }),
    route({
      ...MANAGE,
      method: 'post',
      path: PATH,
      operationId: 'defineResourceServer',
      summary: 'Register an API that tokens are issued for',
      body: NewResourceServer,
      response: ResourceServerView,
      status: 201,
      location: ({ identifier }) => `${PATH}/${encodeURIComponent(identifier)}`,
      errorCodes: { 400: ['resource_server_invalid'], 409: ['resource_server_exists'] },
      handle: ({ body, caller }) =>
        scopes.defineResourceServer({ ...body, actorId: caller.accountId }),
    }),
    route({
      ...MANAGE,
      method: 'patch',
      path: `${PATH}/{identifier}`,
      operationId: 'changeResourceServer',
      summary: 'Change, stop or reactivate an API',
      description: 'The identifier in the path is percent-encoded.',
      params: ResourceServerParams,
      body: ResourceServerChanges,
      response: ResourceServerView,
      errorCodes: { 400: ['resource_server_invalid'], 404: ['resource_server_not_found'] },
      handle: ({ params: { identifier }, body, caller }) =>
        scopes.changeResourceServer({ ...body, identifier, actorId: caller.accountId }),
    }),
  ];
}
