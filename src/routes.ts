import { accountRoutes } from './accounts/account-routes.ts';
import { credentialRoutes } from './authentication/credential-routes.ts';
import { emailRoutes } from './authentication/email-routes.ts';
import { outboxRoutes, type OutboxRoutesDeps } from './authentication/outbox-routes.ts';
import { securityRoutes } from './authentication/security-routes.ts';
import { clientRoutes } from './clients/client-routes.ts';
import { clientSecretRoutes } from './clients/client-secret-routes.ts';
import type { AnyRoute } from './http/route.ts';
import { interactionRoutes, type InteractionRoutesDeps } from './interactions/index.ts';
import { resourceServerRoutes } from './scopes/resource-server-routes.ts';
import { scopeRoutes } from './scopes/scope-routes.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import type { Connected } from './services.ts';
import { attributeRoutes } from './vault/attribute-routes.ts';
import { profileRoutes } from './vault/profile-routes.ts';
import { removeValueRoutes } from './vault/remove-value-routes.ts';

export type RoutesDeps = Connected & InteractionRoutesDeps & OutboxRoutesDeps;

/** Every operation and page of the server, by slice. */
export function allRoutes(deps: RoutesDeps): readonly AnyRoute[] {
  return [
    ...scopeRoutes(deps),
    ...resourceServerRoutes(deps),
    ...sessionRoutes(deps),
    ...accountRoutes(deps),
    ...attributeRoutes(deps),
    ...profileRoutes(deps),
    ...removeValueRoutes(deps),
    ...credentialRoutes(deps),
    ...securityRoutes(deps),
    ...emailRoutes(deps),
    ...(deps.config.pages.hasOutbox ? outboxRoutes(deps) : []),
    ...clientRoutes(deps),
    ...clientSecretRoutes(deps),
    ...interactionRoutes(deps),
  ];
}
