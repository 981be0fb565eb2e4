export { historyApiRoutes } from './history-api-routes.ts';
export { historyRoutes } from './history-routes.ts';
