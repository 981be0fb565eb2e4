/** The endpoints and pages of the protocol, and the identity of callers of our own pages and APIs. */
export { createRequestAuthenticator, signInUrl } from './authenticate-request.ts';
export { applyUiLocales, type Languages } from './authorization/ui-locales.ts';
export { VERIFY_PATH } from './gateways/checked-request.ts';
export { gatewayRoutes } from './gateways/gateway-routes.ts';
export { NO_ROLES } from './gateways/roles.ts';
export { grantManagementRoutes } from './grant-management/grant-management-routes.ts';
export { createProtocol, type Protocol } from './protocol.ts';
export { createProviderPages } from './provider-views.ts';
export { publicKeyRoutes } from './public-key-routes.ts';
