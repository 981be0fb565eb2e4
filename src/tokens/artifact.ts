/** The kinds of artifacts that oidc-provider issues and looks up. */
export type ArtifactKind =
  | 'AuthorizationCode'
  | 'AccessToken'
  | 'ClientCredentials'
  | 'RefreshToken'
  | 'InitialAccessToken'
  | 'RegistrationAccessToken'
  | 'ReplayDetection'
  | 'Interaction'
  | 'PushedAuthorizationRequest'
  | 'DeviceCode'
  | 'BackchannelAuthenticationRequest';

/** The members that the stores read; the library adds many more. */
export interface ArtifactPayload {
  readonly kind?: string | undefined;
  readonly jti?: string | undefined;
  readonly uid?: string | undefined;
  readonly grantId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly userCode?: string | undefined;
  readonly iat?: number | undefined;
  readonly exp?: number | undefined;
  /** Set in the result of `find` when the artifact was used: seconds since 1970, with a fraction. */
  readonly consumed?: number | undefined;
}

/**
 * The artifacts of one kind. The `id` of most kinds is the bearer value itself: stores keep its fingerprint only. An expired
 * artifact is treated as one that never existed.
 *
 * Every method throws AppError `unavailable`, and nothing else, when storage cannot be reached.
 */
export interface ArtifactStore {
  /** Creates or replaces. Without a lifetime it is stored until it is destroyed. A recorded use stays recorded. */
  upsert(id: string, payload: ArtifactPayload, expiresInSeconds?: number): Promise<void>;
  find(id: string): Promise<ArtifactPayload | undefined>;
  findByUid(uid: string): Promise<ArtifactPayload | undefined>;
  findByUserCode(userCode: string): Promise<ArtifactPayload | undefined>;
  /**
   * Uses up an artifact. Of concurrent calls on any nodes exactly one succeeds.
   * @throws AppError `already_used` (kind `conflict`) for all others, and for an unknown or expired artifact.
   */
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
}

/** How one kind is kept. */
export interface ArtifactDefinition {
  readonly kind: ArtifactKind;
  readonly table: string;
  /**
   * Whether the payload is encrypted whole. True if it contains personal values (`login_hint`) or bearer values (the
   * session cookie in an interaction), or is found by another key than its id, which is then part of the payload.
   */
  readonly isSealed: boolean;
  /** Whether it stays in Postgres also where there is a Redis. */
  readonly isDurable: boolean;
  /** Whether it may be used once. */
  readonly isUsedOnce: boolean;
}

type Traits = Partial<Pick<ArtifactDefinition, 'isSealed' | 'isDurable' | 'isUsedOnce'>>;

function define<Kind extends ArtifactKind>(kind: Kind, table: string, traits: Traits = {}) {
  return { kind, table, isSealed: false, isDurable: false, isUsedOnce: false, ...traits };
}

const SEALED_ONCE: Traits = { isSealed: true, isUsedOnce: true };

/** Every kind and its storage. */
export const ARTIFACT_DEFINITIONS: Readonly<Record<ArtifactKind, ArtifactDefinition>> = {
  AuthorizationCode: define('AuthorizationCode', 'authorization_codes', { isUsedOnce: true }),
  AccessToken: define('AccessToken', 'access_tokens'),
  ClientCredentials: define('ClientCredentials', 'client_credentials_tokens'),
  RefreshToken: define('RefreshToken', 'refresh_tokens', { isDurable: true, isUsedOnce: true }),
  InitialAccessToken: define('InitialAccessToken', 'initial_access_tokens', { isDurable: true }),
  RegistrationAccessToken: define('RegistrationAccessToken', 'registration_access_tokens', {
    isDurable: true,
  }),
  ReplayDetection: define('ReplayDetection', 'replay_detections', { isDurable: true }),
  Interaction: define('Interaction', 'interactions', { isSealed: true }),
  PushedAuthorizationRequest: define(
    'PushedAuthorizationRequest',
    'pushed_authorization_requests',
    SEALED_ONCE,
  ),
  DeviceCode: define('DeviceCode', 'device_codes', SEALED_ONCE),
  BackchannelAuthenticationRequest: define(
    'BackchannelAuthenticationRequest',
    'backchannel_authentication_requests',
    SEALED_ONCE,
  ),
};
