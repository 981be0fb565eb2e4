import { accountRoutes } from './accounts/account-routes.ts';
import { credentialRoutes } from './authentication/credential-routes.ts';
import { addressRoutes } from './authentication/address-routes.ts';
import { linkRoutes } from './authentication/link-routes.ts';
import { outboxRoutes, type OutboxRoutesDeps } from './authentication/outbox-routes.ts';
import { securityRoutes } from './authentication/security-routes.ts';
import { accountProfileRoutes } from './claims/account-profile-routes.ts';
import { pictureRoutes } from './claims/picture-routes.ts';
import { recordRoutes } from './claims/record-routes.ts';
import { clientConsoleRoutes } from './clients/client-console-routes.ts';
import { clientPermissionRoutes } from './clients/client-permission-routes.ts';
import { clientRoutes } from './clients/client-routes.ts';
import { clientSecretPageRoutes } from './clients/client-secret-page-routes.ts';
import { clientSecretRoutes } from './clients/client-secret-routes.ts';
import { failedRequestRoutes } from './clients/failed-request-routes.ts';
import { clientSettingsRoutes } from './clients/client-settings-routes.ts';
import { appPreviewRoutes } from './consents/app-preview-routes.ts';
import { checkUpRoutes } from './consents/check-up-routes.ts';
import { connectedAppRoutes } from './consents/connected-app-routes.ts';
import { consentApiRoutes } from './consents/consent-api-routes.ts';
import { historyApiRoutes } from './consents/history-api-routes.ts';
import { historyRoutes } from './consents/history-routes.ts';
import { deletionPageRoutes } from './deletions/deletion-page-routes.ts';
import { deletionRoutes } from './deletions/deletion-routes.ts';
import { receiptApiRoutes } from './consents/receipt-api-routes.ts';
import { receiptRoutes } from './consents/receipt-routes.ts';
import { exportPageRoutes } from './exports/export-page-routes.ts';
import { exportRoutes } from './exports/export-routes.ts';
import { jobRoutes } from './http/job-routes.ts';
import type { AnyRoute } from './http/route.ts';
import { interactionRoutes, type InteractionRoutesDeps } from './interactions/index.ts';
import { grantManagementRoutes } from './oidc/index.ts';
import { resourceServerAdminRoutes } from './scopes/resource-server-admin-routes.ts';
import { resourceServerRoutes } from './scopes/resource-server-routes.ts';
import { scopeAdminRoutes } from './scopes/scope-admin-routes.ts';
import { scopeRoutes } from './scopes/scope-routes.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import type { Connected } from './services.ts';
import { attributeRoutes } from './vault/attribute-routes.ts';
import { avatarPageRoutes } from './vault/avatar-page-routes.ts';
import { avatarRoutes } from './vault/avatar-routes.ts';
import { recordPageRoutes } from './vault/record-page-routes.ts';
import { accountRecordRoutes } from './vault/record-routes.ts';
import { claimAdminRoutes } from './vault/claim-admin-routes.ts';
import { claimRoutes } from './vault/claim-routes.ts';
import { profileRoutes } from './vault/profile-routes.ts';
import { removeValueRoutes } from './vault/remove-value-routes.ts';
import { usernameRoutes } from './vault/username-routes.ts';

export type RoutesDeps = Connected & InteractionRoutesDeps & OutboxRoutesDeps;

/** Every operation and page of the server, by slice. */
export function allRoutes(deps: RoutesDeps): readonly AnyRoute[] {
  return [...routesOfPeople(deps), ...routesOfApps(deps)];
}

/** Permissions, sessions, accounts, personal values and how people sign in. */
function routesOfPeople(deps: RoutesDeps): readonly AnyRoute[] {
  return [
    ...scopeRoutes(deps),
    ...resourceServerRoutes(deps),
    ...scopeAdminRoutes({ ...deps, countAppsAsking: deps.clients.countAsking }),
    ...resourceServerAdminRoutes(deps),
    ...sessionRoutes(deps),
    ...accountRoutes(deps),
    ...attributeRoutes({ ...deps, recordTokenRead: deps.claims.recordTokenRead }),
    ...claimRoutes(deps),
    ...claimAdminRoutes({ ...deps, countAppsAskingAny: deps.clients.countAskingAny }),
    ...avatarRoutes({ ...deps, recordTokenRead: deps.claims.recordTokenRead }),
    ...avatarPageRoutes(deps),
    ...accountRecordRoutes({ ...deps, recordTokenRead: deps.claims.recordTokenRead }),
    ...recordPageRoutes({
      ...deps,
      nameOfClient: async (clientId) => (await deps.clients.find(clientId))?.name ?? null,
    }),
    ...profileRoutes({
      ...deps,
      isCheckUpDue: async (accountId) => (await deps.consents.checkUp(accountId)).isDue,
    }),
    ...removeValueRoutes(deps),
    ...usernameRoutes(deps),
    ...credentialRoutes(deps),
    ...securityRoutes(deps),
    ...addressRoutes(deps),
    ...linkRoutes(deps),
    ...(deps.config.pages.hasOutbox ? outboxRoutes(deps) : []),
  ];
}

/** Routes of apps, of the values that people share with them, and of exports and deletions. */
function routesOfApps(deps: RoutesDeps): readonly AnyRoute[] {
  return [
    ...clientRoutes(deps),
    ...clientSecretRoutes(deps),
    ...clientConsoleRoutes(deps),
    ...clientSettingsRoutes(deps),
    ...clientPermissionRoutes(deps),
    ...clientSecretPageRoutes(deps),
    ...failedRequestRoutes(deps),
    ...connectedAppRoutes(deps),
    ...checkUpRoutes(deps),
    ...appPreviewRoutes(deps),
    ...consentApiRoutes(deps),
    ...historyRoutes(deps),
    ...historyApiRoutes(deps),
    ...receiptRoutes(deps),
    ...receiptApiRoutes(deps),
    ...accountProfileRoutes(deps),
    ...exportRoutes(deps),
    ...exportPageRoutes(deps),
    ...pictureRoutes(deps),
    ...recordRoutes(deps.claims),
    ...deletionRoutes(deps),
    ...deletionPageRoutes(deps),
    ...jobRoutes(deps),
    ...grantManagementRoutes(deps),
    ...interactionRoutes(deps),
  ];
}
