import { accountRoutes } from './accounts/account-routes.ts';
import { credentialRoutes } from './authentication/credential-routes.ts';
import { clientRoutes } from './clients/client-routes.ts';
import { clientSecretRoutes } from './clients/client-secret-routes.ts';
import type { AnyRoute } from './http/route.ts';
import { interactionRoutes, type InteractionRoutesDeps } from './interactions/index.ts';
import { resourceServerRoutes } from './scopes/resource-server-routes.ts';
import { scopeRoutes } from './scopes/scope-routes.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import type { Connected } from './services.ts';
import { attributeRoutes } from './vault/attribute-routes.ts';

export type RoutesDeps = Connected & InteractionRoutesDeps;

/** Every operation and page of the server, by slice. */
export function allRoutes(deps: RoutesDeps): readonly AnyRoute[] {
  return [
    ...scopeRoutes(deps),
    ...resourceServerRoutes(deps),
    ...sessionRoutes(deps),
    ...accountRoutes(deps),
    ...attributeRoutes(deps),
    ...credentialRoutes(deps),
    ...clientRoutes(deps),
    ...clientSecretRoutes(deps),
    ...interactionRoutes(deps),
  ];
}
