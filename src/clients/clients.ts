import type { FailedRequest, NewFailedRequest } from './failed-requests/failed-requests.ts';
import type {
  ApplicationType,
  Client,
  ClaimRequest,
  Manager,
  NewSecret,
  Operator,
  PublicKeySet,
  SecretSummary,
  TokenEndpointAuthMethod,
} from './client.ts';

/** The settings of an app by its developer. All others follow from them or belong to administrators. */
export interface ClientSettings {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly scopes: readonly string[];
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  readonly jwks: PublicKeySet | null;
  readonly subjectType: Client['subjectType'];
  readonly idTokenSignedResponseAlg: Client['idTokenSignedResponseAlg'];
  readonly requirePkce: boolean;
  readonly claimsInIdToken: boolean;
  readonly rotateRefreshTokens: boolean;
  readonly accessTokenSeconds: number | null;
  readonly refreshTokenIdleSeconds: number | null;
  readonly refreshTokenAbsoluteSeconds: number | null;
  readonly logoUri: string | null;
  readonly clientUri: string | null;
  readonly policyUri: string | null;
  readonly tosUri: string | null;
  readonly contact: string | null;
}

/** A claim request without its version, which the server counts. */
export type ClaimRequestInput = Omit<ClaimRequest, 'purposeVersion' | 'sinceVersion'>;

/** Settings that are left out get the defaults of the application type. */
export interface CreateClientInput extends Partial<ClientSettings> {
  readonly ownerAccountId: string;
  readonly applicationType: ApplicationType;
  readonly name: string;
  readonly requests?: readonly ClaimRequestInput[];
  /** A UUID of the form that was sent: of one owner it makes one app, however often it is sent. It names nothing. */
  readonly draftKey?: string;
}

/** An app of the installation itself, such as the demo. */
export interface CreateNamedClientInput extends Omit<CreateClientInput, 'draftKey'> {
  /** A word: lower-case letters, digits and hyphens. Never from a request. */
  readonly clientId: string;
}

export interface CreatedClient {
  readonly client: Client;
  /** `null` when the app does not use one. */
  readonly secret: NewSecret | null;
}

/** A form of one owner. */
export interface DraftInput {
  readonly ownerAccountId: string;
  readonly draftKey: string;
}

/** An app and the person who manages it. */
export interface ManagedInput {
  readonly clientId: string;
  readonly manager: Manager | Operator;
}

export interface ChangeClientInput extends ManagedInput {
  /** Absent fields stay as they are. */
  readonly changes: Partial<ClientSettings>;
}

export interface SetClaimRequestsInput extends ManagedInput {
  /** The whole list, in the order of the consent page. */
  readonly requests: readonly ClaimRequestInput[];
}

export interface RotateSecretInput extends ManagedInput {
  /** How long the secrets there were go on working: 0 to 604800; `null` leaves them as they are. */
  readonly overlapSeconds: number | null;
  /** A UUID of the form that was sent: of one app it makes one secret, however often it is sent. It names nothing. */
  readonly draftKey?: string;
}

export interface RemoveSecretInput extends ManagedInput {
  readonly secretId: string;
}

export interface SetClientStatusInput extends ManagedInput {
  readonly status: 'active' | 'suspended';
  /** The owner reads it in the mail when an administrator suspends the app. */
  readonly reason?: string;
}

export interface SetClientVerifiedInput extends ManagedInput {
  readonly isVerified: boolean;
}

export interface ClientQuery {
  /** Null: any. */
  readonly isVerified: boolean | null;
  readonly limit: number;
}

/** Apps that are registered here. Every use case that takes a `manager` answers `client_not_found` to anyone else. */
export interface Clients {
  /** In any status; the same object until it changes. `null` when there never was one. */
  find(clientId: string): Promise<Client | null>;
  /** @throws AppError `client_not_found`, also for apps of others and for deleted ones. */
  findManaged(input: ManagedInput): Promise<Client>;
  /** Newest first, without deleted ones. */
  listOwnedBy(accountId: string): Promise<Client[]>;
  /**
   * The id is a random one.
   * @throws AppError `client_invalid` with `fields` such as `redirectUris.0`; `draft_used` when the form was sent before.
   */
  create(input: CreateClientInput): Promise<CreatedClient>;
  /** Only for seeds. @throws AppError as `create`; `client_id_taken`. */
  createNamed(input: CreateNamedClientInput): Promise<CreatedClient>;
  /** The app that a form of this owner made; `null` when it made none. */
  findByDraft(input: DraftInput): Promise<Client | null>;
  /** @throws AppError `client_invalid` with `fields`. */
  change(input: ChangeClientInput): Promise<Client>;
  /** @throws AppError `requests_invalid` with `fields` such as `requests.0.purpose`. */
  setRequests(input: SetClaimRequestsInput): Promise<Client>;
  /** Ends every token of the app when it is suspended. @throws AppError `client_held` for its owner. */
  setStatus(input: SetClientStatusInput): Promise<Client>;
  /** See {@link setClientVerified}. */
  setVerified(input: SetClientVerifiedInput): Promise<Client>;
  /** Newest first, without deleted ones and those of this server itself. */
  list(query: ClientQuery): Promise<Client[]>;
  /** Ends every token of the app for good. */
  remove(input: ManagedInput): Promise<void>;
  /** @throws AppError `client_has_no_secret`, `too_many_secrets`, `draft_used`. */
  rotateSecret(input: RotateSecretInput): Promise<NewSecret>;
  listSecrets(input: ManagedInput): Promise<SecretSummary[]>;
  /** @throws AppError `secret_not_found`. */
  removeSecret(input: RemoveSecretInput): Promise<void>;
  /** True for any secret that is alive; takes the same time for each. False for apps that are not active. */
  verifySecret(clientId: string, secret: string): Promise<boolean>;
  /** See {@link noteFailedRequest}. */
  noteFailure(request: NewFailedRequest): Promise<void>;
  /** The newest failed requests of an app, newest first. @throws AppError `client_not_found`. */
  listFailures(input: ManagedInput): Promise<FailedRequest[]>;
  /** The number of apps, without deleted ones, that may request a scope. */
  countAsking(scope: string): Promise<number>;
  /** The number of apps that may request at least one of these scopes. */
  countAskingAny(scopes: readonly string[]): Promise<number>;
}
