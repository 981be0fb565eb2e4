export { deletionPageRoutes } from './deletion-page-routes.ts';
export { deletionRoutes } from './deletion-routes.ts';
