export { receiptApiRoutes } from './receipt-api-routes.ts';
export { receiptRoutes } from './receipt-routes.ts';
