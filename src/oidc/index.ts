/**
 * oidc: the protocol library with its configuration, storage and keys, and the authentication of callers of our own
 * pages and APIs.
 */
export { toConsentRequest, type ConsentParameters } from './authorization/consent-request.ts';
export { createStorage } from './adapters/adapter.ts';
export { ACR, PROTOCOL_ROUTES } from './configuration.ts';
export type { ProtocolSettings } from './context.ts';
export {
  measureRevocation,
  type MeasureRevocationContext,
} from './revocation/measure-revocation.ts';
export {
  createRequestAuthenticator,
  signInUrl,
  type RequestAuthenticatorDeps,
} from './authenticate-request.ts';
export { REASONS_FOR_ANOTHER_PERSON } from './authorization/login-checks.ts';
export { grantManagementRoutes } from './grant-management/grant-management-routes.ts';
export { fromProviderError } from './provider-errors.ts';
export { createProtocol, type Protocol, type ProtocolDeps } from './protocol.ts';
export { createProviderPages, type ProviderPages } from './provider-views.ts';
export { applyUiLocales, type Languages } from './authorization/ui-locales.ts';
export { createReturnAddress, type ReturnAddress } from './authorization/return-address.ts';
export { watchRevocations, type RevocationWatch } from './revocation/watch-revocations.ts';
