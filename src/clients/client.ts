import { randomUUID } from 'node:crypto';

import type { SigningAlgorithm } from '../platform/keys/signing-keys.ts';
import { type Locale, type Localized, textIn } from '../platform/languages.ts';

/** The kind of program of an app; decides which grants, secrets and redirect addresses it may have. Never changes. */
export const APPLICATION_TYPES = ['web', 'single_page', 'native', 'machine'] as const;
export type ApplicationType = (typeof APPLICATION_TYPES)[number];

/**
 * How an app proves itself at the token endpoint (RFC 7591 §2, OpenID Connect Core 1.0 §9). `client_secret` accepts the secret in
 * the header and in the body (RFC 6749 §2.3.1); each of the others accepts that one method only.
 */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

type ClientStatus = 'active' | 'suspended' | 'deleted';

/** For how long a person lets an app have a value. */
export const DURATIONS = ['once', '30_days', '1_year', 'until_withdrawn'] as const;
export type Duration = (typeof DURATIONS)[number];

/** The reason for requesting a claim, in the developer's words. Empty when there is none; only a voluntary request may have none. */
export type Purpose = Localized;

/** The purpose text in the person's language, else in English. */
export function purposeIn(purpose: Purpose | null, locale: Locale): string | null {
  if (purpose === null) return null;
  const text = textIn(purpose, locale);
  return text === '' ? null : text;
}

/** One claim that an app requests. */
export interface ClaimRequest {
  readonly claim: string;
  readonly necessity: 'essential' | 'voluntary';
  readonly purpose: Purpose;
  /**
   * Increases whenever the wording or the necessity changes. It never decreases, even when a claim is removed and
   * requested again.
   */
  readonly purposeVersion: number;
  /**
   * The version with which the claim was requested again after the app had removed it. Decisions about older versions
   * do not apply.
   */
  readonly sinceVersion?: number;
  /** The maximum; people can choose a shorter one. */
  readonly longestDuration: Duration;
}

/** A claim request without its versions, which the server counts. */
export type ClaimRequestInput = Omit<ClaimRequest, 'purposeVersion' | 'sinceVersion'>;

/** Public keys of an app (RFC 7517 §5). */
export interface PublicKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** The stored form of a secret. */
export interface SecretFingerprint {
  readonly id: string;
  /** SHA-256 of the secret. */
  readonly fingerprint: Buffer;
  readonly expiresAt: Date | null;
}

/** An app that is registered here (RFC 7591 client). A change makes a new object. */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** `null` for apps of this server itself, and when the owner's account no longer exists. */
  readonly ownerAccountId: string | null;
  readonly status: ClientStatus;
  /** Suspended by an administrator: the owner cannot end the suspension. */
  readonly isHeldByAdministrator: boolean;
  /** Tokens issued up to then stay revoked when a suspended app works again. */
  readonly tokensCutOffAt: Date | null;
  /**
   * The console of this server, which reads no values of a person as an app. People do not decide about it, and no manager changes it.
   * Only `ensureOwnClients` writes it; every registered app needs the decision of the person.
   */
  readonly isFirstParty: boolean;
  readonly isVerified: boolean;
  /** The digest of the uploaded logo, which is a part of its address; `null` without a logo. See `logos/`. */
  readonly logo: string | null;
  readonly applicationType: ApplicationType;
  /** An address of the developer (RFC 7591 §2). Pages never load it; they show {@link logo}. */
  readonly logoUri: string | null;
  readonly clientUri: string | null;
  /**
   * The address at which a sign-in at the app can be started from elsewhere (OpenID Connect Core 1.0 §4); see `signInStartHref`.
   */
  readonly initiateLoginUri: string | null;
  /** The address that receives sign-out notices (OpenID Connect Back-Channel Logout 1.0 §2.2). */
  readonly backchannelLogoutUri: string | null;
  /** Sign-out notices name the session (`sid`), and so do ID tokens. Without it they concern every session of the person at the app. */
  readonly backchannelLogoutSessionRequired: boolean;
  readonly policyUri: string | null;
  readonly tosUri: string | null;
  /** E-mail address for people who have a question about the app. */
  readonly contact: string | null;
  /** Compared character by character; only a native app's loopback address may come with another port (RFC 8252 §7.3). */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly responseTypes: readonly string[];
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  readonly jwks: PublicKeySet | null;
  /** The only scopes this app may request. Some may be retired. */
  readonly scopes: readonly string[];
  readonly subjectType: 'public' | 'pairwise';
  /** Host (and port) that a pairwise subject is made for; `null` for public subjects. */
  readonly sectorIdentifierHost: string | null;
  readonly idTokenSignedResponseAlg: SigningAlgorithm;
  /** PKCE at every sign-in (RFC 7636). Without it an app that keeps a secret may send a `nonce` instead (RFC 9700 §2.1.1). */
  readonly requirePkce: boolean;
  /** The values of the person are in the ID token too, not only at UserInfo. */
  readonly claimsInIdToken: boolean;
  /** A reverse proxy checks the requests to the site of this app at `/verify`. */
  readonly isGateway: boolean;
  /** The gateway also gets the e-mail address and the name that the person shares with this app, at each check. */
  readonly gatewayReadsContact: boolean;
  /** Every refresh gives a new refresh token. Without it, that happens only where there is no secret (RFC 9700 §4.14.2). */
  readonly rotateRefreshTokens: boolean;
  /** Lifetimes in seconds; `null` for the setting of the server. */
  readonly accessTokenSeconds: number | null;
  /** A refresh token that is not used. */
  readonly refreshTokenIdleSeconds: number | null;
  /** Refresh tokens after the last sign-in of the person, however often they are used. */
  readonly refreshTokenAbsoluteSeconds: number | null;
  /** In the order of the consent page. */
  readonly requests: readonly ClaimRequest[];
  readonly secretFingerprints: readonly SecretFingerprint[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The parts of a secret that the owner sees after it was shown once. */
export interface SecretSummary {
  readonly id: string;
  /** The last four characters. */
  readonly hint: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** A new secret in clear, before only its fingerprint is stored. */
export interface NewSecret extends SecretSummary {
  readonly secret: string;
}

/** The person who manages an app: its owner, or an administrator. */
export interface Manager {
  readonly accountId: string;
  readonly isAdministrator: boolean;
}

/** An operator at the command line of this installation: an administrator without an account. */
interface Operator {
  readonly accountId: null;
  readonly isAdministrator: true;
}

/** The operator at the command line: manages every app, without an account. */
export const OPERATOR: Operator = { accountId: null, isAdministrator: true };

/** An app and the person who manages it. Use cases answer `client_not_found` to every other person. */
export interface ManagedInput {
  readonly clientId: string;
  readonly manager: Manager | Operator;
}

/** True for the owner of an app. */
export function isOwnedBy(client: Client, { accountId }: Manager | Operator): boolean {
  return accountId !== null && client.ownerAccountId === accountId;
}

/** The console of this server, a first-party app of its own. */
export const CONSOLE_CLIENT_ID = 'consentry-console';

/** The app that measures how long a withdrawal takes. It has no permissions, and people cannot sign in to it. */
export const PROBE_CLIENT_ID = 'consentry-probe';

/** Topic of the change feed; the key is the client id. */
export const CLIENT_TOPIC = 'client';

/** Job that follows a deletion; its data is `clientId`. Slices with data of an app delete it there. */
export const CLIENT_DELETED_JOB = 'end-consents-of-app';

const DAY = 86_400;

/** The limits of the token lifetimes that an app can choose, in seconds. */
export const TOKEN_LIFE_LIMITS = {
  accessTokenSeconds: { least: 60, longest: DAY },
  refreshTokenIdleSeconds: { least: 300, longest: 365 * DAY },
  refreshTokenAbsoluteSeconds: { least: 300, longest: 3_650 * DAY },
} as const;
export type TokenLife = keyof typeof TOKEN_LIFE_LIMITS;

/** The number of secrets that an app can use at a time, and how long an old one stays valid beside a new one. */
export const SECRET_LIMITS = {
  live: 5,
  overlapSeconds: { least: 0, default: 86_400, longest: 604_800 },
} as const;

/**
 * A new client id. Callers never choose one, and it has another shape than an account id or a pairwise subject: a token
 * of an app can never have the `sub` of a person (RFC 9700 §4.15). Triggers of `clients` refuse other ids.
 */
export function newClientId(): string {
  return `app_${randomUUID().replaceAll('-', '')}`;
}

/** True for methods that use a shared secret. */
export function needsSecret(method: TokenEndpointAuthMethod): boolean {
  return method !== 'private_key_jwt' && method !== 'none';
}
