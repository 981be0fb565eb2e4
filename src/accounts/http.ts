/** The HTTP face of accounts. */
export { accountRoutes } from './account-routes.ts';
