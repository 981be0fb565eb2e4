import type { AnyRoute } from '../http/routing/route.ts';
import { clientApiRoutes, type ClientRoutesDeps } from './client-routes.ts';
import { clientConsoleRoutes } from './console/client-console-routes.ts';
import { clientLogoPageRoutes } from './logos/client-logo-page-routes.ts';
import { clientLogoRoutes } from './logos/client-logo-routes.ts';
import { failedRequestRoutes } from './failed-requests/failed-request-routes.ts';
import { clientCodePageRoutes } from './samples/client-code-page-routes.ts';
import { clientPermissionRoutes } from './requests/client-permission-routes.ts';
import { clientSecretPageRoutes } from './secrets/client-secret-page-routes.ts';
import { clientSecretRoutes } from './secrets/client-secret-routes.ts';
import { clientSettingsRoutes } from './settings/client-settings-routes.ts';

export { managerOf, ONE_CLIENT_OPERATION, ONE_CLIENT_PAGE } from './client-routes.ts';
export { ClientParams } from './client-schema.ts';
export { toAppLine, type AppLine } from './console/client-views.ts';

/** Every operation and page about apps. */
export function clientRoutes(deps: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    ...clientApiRoutes(deps),
    ...clientLogoRoutes(deps),
    ...clientLogoPageRoutes(deps),
    ...clientSecretRoutes(deps),
    ...clientConsoleRoutes(deps),
    ...clientCodePageRoutes(deps),
    ...clientSettingsRoutes(deps),
    ...clientPermissionRoutes(deps),
    ...clientSecretPageRoutes(deps),
    ...failedRequestRoutes(deps),
  ];
}
