export { writePageText, type PageText, type Reader } from './page-text-views.ts';
export { receiptApiRoutes } from './receipt-api-routes.ts';
export { receiptRoutes } from './receipt-routes.ts';
