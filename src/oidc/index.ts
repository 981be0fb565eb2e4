/** oidc: the protocol library wrapped: configuration, storage, keys, and the identity of callers of our own pages and APIs. */
export { toAuthorizationAsk, type AskParameters } from './authorization-ask.ts';
export { ACR, PROTOCOL_ROUTES, type ProtocolSettings } from './configuration.ts';
export { measureRevocation, type MeasureRevocationDeps } from './measure-revocation.ts';
export { createGatekeeper, signInUrl, type GatekeeperDeps } from './gatekeeper.ts';
export { REASONS_FOR_ANOTHER_PERSON } from './login-checks.ts';
export { grantManagementRoutes } from './grant-management-routes.ts';
export { fromLibrary } from './outage.ts';
export { createProtocol, type Protocol, type ProtocolDeps } from './protocol.ts';
export { createProviderPages, type ProviderPages } from './provider-views.ts';
export { applyUiLocales, type Languages } from './ui-locales.ts';
export { createReturnAddress, type ReturnAddress } from './return-address.ts';
export {
  watchRevocations,
  type RevocationWatch,
  type WatchRevocationsDeps,
} from './watch-revocations.ts';
