/** oidc: the protocol library wrapped: configuration, storage, keys, and how long a withdrawal takes. */
export { createStorage } from './adapters/adapter.ts';
export type { InteractionTraces } from './adapters/interaction-traces.ts';
export { toConsentRequest, type ConsentParameters } from './authorization/consent-request.ts';
export { REASONS_FOR_ANOTHER_PERSON, requestedAcrValues } from './authorization/login-checks.ts';
export { createReturnAddress, type ReturnAddress } from './authorization/return-address.ts';
export { ACR, acrOf, PROTOCOL_ROUTES, SESSION_COOKIE } from './configuration.ts';
export { fromProviderError } from './provider-errors.ts';
export { measureRevocation } from './revocation/measure-revocation.ts';
export { watchRevocations, type RevocationWatch } from './revocation/watch-revocations.ts';
