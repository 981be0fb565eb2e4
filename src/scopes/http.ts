export { resourceServerAdminRoutes } from './resource-server-admin-routes.ts';
export { resourceServerRoutes } from './resource-server-routes.ts';
export { scopeAdminRoutes } from './scope-admin-routes.ts';
export { scopeRoutes } from './scope-routes.ts';
