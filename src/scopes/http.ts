export { claimAdminRoutes } from './custom-claims/claim-admin-routes.ts';
export { claimRoutes } from './custom-claims/claim-routes.ts';
export { ExactNumber } from './custom-claims/claim-schema.ts';
export { resourceServerAdminRoutes } from './resource-server-admin-routes.ts';
export { resourceServerRoutes } from './resource-server-routes.ts';
export { scopeAdminRoutes } from './scope-admin-routes.ts';
export { scopeRoutes } from './scope-routes.ts';
