import { accountRoutes } from './accounts/account-routes.ts';
import type { AnyRoute } from './http/route.ts';
import { interactionRoutes, type InteractionRoutesDeps } from './interactions/index.ts';
import type { Connected } from './services.ts';

export type RoutesDeps = Connected & InteractionRoutesDeps;

/** Every operation and page of the server. */
export function allRoutes(deps: RoutesDeps): readonly AnyRoute[] {
  return [...accountRoutes(deps), ...interactionRoutes(deps)];
}
