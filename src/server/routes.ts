import { accountRoutes } from '../accounts/http.ts';
import {
  addressRoutes,
  alertRoutes,
  credentialRoutes,
  linkRoutes,
  passkeyPageRoutes,
  passkeyRoutes,
  secondFactorPageRoutes,
  secondFactorRoutes,
  securityRoutes,
} from '../authentication/http.ts';
import { outboxRoutes, type OutboxRoutesDeps } from '../dev/outbox-routes.ts';
import { accountProfileRoutes, pictureRoutes, recordRoutes } from '../claims/http.ts';
import { clientRoutes } from '../clients/http.ts';
import {
  appPreviewRoutes,
  checkUpRoutes,
  connectedAppApiRoutes,
  connectedAppRoutes,
} from '../connected-apps/http.ts';
import {
  consentGuideRoutes,
  createConsentExample,
  type ConsentExampleDeps,
} from '../consents/http.ts';
import { historyApiRoutes, historyRoutes } from '../activity/http.ts';
import { deletionPageRoutes, deletionRoutes } from '../deletions/http.ts';
import { receiptApiRoutes, receiptRoutes } from '../receipts/http.ts';
import { exportPageRoutes, exportRoutes, yourDataRoutes } from '../exports/http.ts';
import type { HttpKit } from '../http/http-kit.ts';
import { jobRoutes } from '../http/job-routes.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { interactionRoutes, type InteractionsContext } from '../interactions/http.ts';
import { logoutNoticeRoutes } from '../logout-notices/http.ts';
import {
  gatewayRoutes,
  grantManagementRoutes,
  type Protocol,
  publicKeyRoutes,
} from '../oidc/http.ts';
import {
  claimAdminRoutes,
  claimRoutes,
  resourceServerAdminRoutes,
  resourceServerRoutes,
  scopeAdminRoutes,
  scopeRoutes,
} from '../scopes/http.ts';
import { sessionRoutes } from '../sessions/http.ts';
import type { Connected } from './services.ts';
import {
  accountRecordRoutes,
  attributeRoutes,
  avatarPageRoutes,
  avatarRoutes,
  profileRoutes,
  recordPageRoutes,
  removeValueRoutes,
  usernameRoutes,
} from '../vault/http.ts';

export type RoutesDeps = Connected &
  InteractionsContext &
  OutboxRoutesDeps &
  ConsentExampleDeps &
  Pick<Protocol, 'gateways'> &
  Pick<HttpKit, 'templates'>;

/** Every operation and page of the server, by slice. */
export function allRoutes(deps: RoutesDeps): readonly AnyRoute[] {
  return [...routesOfPeople(deps), ...routesOfApps(deps)];
}

/** Permissions, sessions, accounts, personal values and how people sign in. */
function routesOfPeople(deps: RoutesDeps): readonly AnyRoute[] {
  return [
    ...scopeRoutes(deps),
    ...resourceServerRoutes(deps),
    ...scopeAdminRoutes({ ...deps, countRequestingApps: deps.clients.countRequesting }),
    ...resourceServerAdminRoutes(deps),
    ...sessionRoutes({
      ...deps,
      nameOfApp: async (clientId) => {
        const client = await deps.clients.find(clientId);
        return client === null || client.isFirstParty ? null : client.name;
      },
    }),
    ...accountRoutes(deps),
    ...attributeRoutes({ ...deps, recordTokenRead: deps.claims.recordTokenRead }),
    ...claimRoutes(deps),
    ...claimAdminRoutes({ ...deps, countRequestingApps: deps.clients.countRequesting }),
    ...avatarRoutes({ ...deps, recordTokenRead: deps.claims.recordTokenRead }),
    ...avatarPageRoutes(deps),
    ...accountRecordRoutes({ ...deps, recordTokenRead: deps.claims.recordTokenRead }),
    ...recordPageRoutes({
      ...deps,
      nameOfClient: async (clientId) => (await deps.clients.find(clientId))?.name ?? null,
    }),
    ...profileRoutes({
      ...deps,
      readersOfValues: deps.connectedApps.readersOfValues,
      isCheckUpDue: async (accountId) => (await deps.connectedApps.checkUpTimes(accountId)).isDue,
    }),
    ...removeValueRoutes({ ...deps, readersOfValues: deps.connectedApps.readersOfValues }),
    ...usernameRoutes(deps),
    ...credentialRoutes(deps),
    ...securityRoutes(deps),
    ...passkeyRoutes(deps),
    ...passkeyPageRoutes(deps),
    ...secondFactorRoutes(deps),
    ...secondFactorPageRoutes(deps),
    ...addressRoutes(deps),
    ...linkRoutes(deps),
    ...alertRoutes(deps),
    ...(deps.config.pages.hasOutbox ? outboxRoutes(deps) : []),
  ];
}

/** Routes of apps, of the values that people share with them, and of exports and deletions. */
function routesOfApps(deps: RoutesDeps): readonly AnyRoute[] {
  return [
    ...clientRoutes({
      ...deps,
      renderConsentExample: createConsentExample(deps),
      peopleOf: deps.consents.peopleOf,
    }),
    ...logoutNoticeRoutes(deps),
    ...(deps.config.mode === 'development' ? consentGuideRoutes(deps) : []),
    ...connectedAppRoutes(deps),
    ...checkUpRoutes(deps),
    ...appPreviewRoutes(deps),
    ...connectedAppApiRoutes(deps),
    ...historyRoutes(deps),
    ...historyApiRoutes(deps),
    ...receiptRoutes(deps),
    ...receiptApiRoutes(deps),
    ...accountProfileRoutes(deps),
    ...exportRoutes(deps),
    ...exportPageRoutes(deps),
    ...yourDataRoutes(deps),
    ...pictureRoutes(deps),
    ...recordRoutes(deps),
    ...deletionRoutes(deps),
    ...deletionPageRoutes(deps),
    ...jobRoutes(deps),
    ...grantManagementRoutes(deps),
    ...gatewayRoutes(deps),
    ...publicKeyRoutes(deps),
    ...interactionRoutes(deps),
  ];
}
