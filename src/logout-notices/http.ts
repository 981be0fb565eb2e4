/** The HTTP face of logout notices. */
export { logoutNoticeRoutes } from './logout-notice-routes.ts';
