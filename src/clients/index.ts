export { CONSOLE_CLIENT_ID, DURATIONS, needsSecret } from './client.ts';
export type {
  ApplicationType,
  ClaimRequest,
  Client,
  ClientStatus,
  Duration,
  Manager,
  NewSecret,
  Purpose,
  SecretSummary,
  TokenEndpointAuthMethod,
} from './client.ts';
export type { ClaimRequestInput, Clients, ClientSettings, CreateClientInput } from './clients.ts';
export { toProviderMetadata } from './provider-metadata.ts';
