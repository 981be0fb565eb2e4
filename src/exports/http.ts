export { exportPageRoutes } from './export-page-routes.ts';
export { exportRoutes } from './export-routes.ts';
export { createExportWords } from './export-words-views.ts';
export { yourDataRoutes } from './your-data-routes.ts';
