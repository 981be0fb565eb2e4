export { appPreviewRoutes } from './app-preview-routes.ts';
export { checkUpRoutes } from './check-up-routes.ts';
export { connectedAppApiRoutes } from './connected-app-api-routes.ts';
export { connectedAppRoutes } from './connected-app-routes.ts';
export type { PreviewAnswers } from './preview-answers.ts';
export { presentConsentEvent } from './consent-event-views.ts';
