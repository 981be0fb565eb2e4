/** The HTTP face of sessions. */
export { sessionRoutes } from './session-routes.ts';
