export { accountProfileRoutes } from './account-profile-routes.ts';
export { pictureRoutes } from './picture-routes.ts';
export { recordRoutes } from './record-routes.ts';
