import type { ClaimCatalogue } from './claims/claim-catalogue.ts';
import type { Localized } from '../platform/languages.ts';
import type { Sensitivity } from './sensitivity.ts';

interface Described {
  /** A scope-token of RFC 6749 §3.3. Not reused after retirement. */
  readonly name: string;
  readonly title: Localized;
  /** One plain sentence for the person who decides. */
  readonly description: Localized;
  readonly sensitivity: Sensitivity;
  /** Built in; it cannot be changed or retired. */
  readonly isStandard: boolean;
  /**
   * The time of retirement; null while it is in use. A retired scope is neither requested nor granted; the history
   * still shows it.
   */
  readonly retiredAt: Date | null;
  /** The account that retired it; null while it is in use, and when it ended with its API or with its claims. */
  readonly retiredBy: string | null;
}

/** A permission to read personal values (OpenID Connect Core 1.0 §5.4). */
export interface DataScope extends Described {
  readonly kind: 'data';
  readonly claims: readonly string[];
}

/** Which records of a person a permission opens; see `vault/records/record.ts`. */
export interface RecordAccess {
  /** A separate space for records; several permissions may open the same namespace. */
  readonly namespace: string;
  readonly access: 'read' | 'write';
}

/** A permission to call an API. */
export interface ApiScope extends Described {
  readonly kind: 'api';
  /** Identifier of the resource server; `null` for the API of this server itself. */
  readonly resource: string | null;
  /** For a permission of this server to keep records of a person. */
  readonly records?: RecordAccess;
}

export type Scope = DataScope | ApiScope;

/** An API that tokens are issued for (RFC 8707 resource indicator). */
export interface ResourceServer {
  /** Absolute URI without a fragment; the audience of its tokens. */
  readonly identifier: string;
  readonly title: Localized;
  readonly accessTokenFormat: 'opaque' | 'jwt';
  readonly accessTokenLifetimeSeconds: number;
  /** Confidential apps by which the API introspects its tokens (RFC 7662 §2.1). */
  readonly introspectionClientIds: readonly string[];
  /** The time of retirement; null while it is in use. No token is issued for a retired API. */
  readonly retiredAt: Date | null;
}

/** Everything that can be requested at one moment. Frozen; a change makes a new one. */
export interface Catalogue {
  /** All scopes including retired ones, because the history needs their titles. */
  readonly byName: ReadonlyMap<string, Scope>;
  /** Live ones only, standard first. */
  readonly dataScopes: readonly DataScope[];
  /** Live ones only, those of this server first. */
  readonly apiScopes: readonly ApiScope[];
  /** Names of the API scopes of this server itself; they need no resource indicator. */
  readonly accountScopes: readonly string[];
  /** Live ones only. */
  readonly resourceServers: readonly ResourceServer[];
  /** The claims that people can keep and share. */
  readonly claims: ClaimCatalogue;
  /** The claims of one live data scope in the protocol, companions included; empty for every other name. */
  claimsOf(scope: string): readonly string[];
  /** The claims that a person decides about when these scopes are requested: without companions and automatic claims. */
  permittedClaims(scopes: Iterable<string>): readonly string[];
}

/** Lifetime limits of access tokens, in seconds. A JWT cannot be revoked, so its lifetime must be short. */
export const LIFETIME_LIMITS = Object.freeze({ least: 60, opaque: 86_400, jwt: 600 });
