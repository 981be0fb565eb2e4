import type { Client, Purpose } from '../clients/index.ts';
import type { ConsentEventKind } from '../receipts/index.ts';
import type { Duration } from './duration.ts';

/** The decision of a person about one claim. */
export interface ConsentItem {
  readonly claim: string;
  readonly decision: 'share' | 'refuse';
  /** The value to share: a pointer, never a copy. Null when refused, or when the value was deleted. */
  readonly attributeId: string | null;
  readonly isEssential: boolean;
  /** The version of the purpose text that the person saw; 0 when the app gave none. */
  readonly purposeVersion: number;
  /** That text; null when the app gave none, and for decisions from before it was stored. */
  readonly purpose: Purpose | null;
  readonly duration: Duration;
  /** The longest time that the app has requested from the person; null for decisions from before it was stored. */
  readonly seenDuration: Duration | null;
  /** The version of a changed request for which the person kept this decision. */
  readonly keptVersion: number | null;
  readonly decidedAt: Date;
  readonly expiresAt: Date | null;
  /** When a value shared once was released. */
  readonly usedAt: Date | null;
}

/** The decision of a person about one permission. */
export interface ConsentScope {
  readonly scope: string;
  /** The API it belongs to; null for permissions of this server itself. */
  readonly resource: string | null;
  readonly decision: 'allow' | 'refuse';
}

/** Names one consent: a person has at most one active consent per app. */
export interface ConsentKey {
  readonly accountId: string;
  readonly clientId: string;
}

/** The decisions of one person for one app. Grants and tokens are derived from it. */
export interface Consent {
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  /** Grows by one with every decision and change. */
  readonly version: number;
  readonly status: 'active' | 'withdrawn';
  /** The grant id for the app (Grant Management for OAuth 2.0 §5.5); unguessable, and public, unlike the internal id. */
  readonly grantId: string;
  readonly items: readonly ConsentItem[];
  readonly scopes: readonly ConsentScope[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The time since which it has this `grantId`. */
  readonly grantCreatedAt: Date;
  /** The time of the pause; null while it is not paused. During a pause nothing is released. */
  readonly suspendedAt: Date | null;
  /** The reason of the pause; null while it is not paused. */
  readonly suspendedFor: PauseReason | null;
  /** The claims of the last `claims` parameter, for previews. */
  readonly requestedClaimNames: RequestedClaimNames;
}

/** Names of claims from the `claims` parameter, by where they are answered (OpenID Connect Core 1.0 §5.5). */
export interface RequestedClaimNames {
  readonly userinfo: readonly string[];
  readonly idToken: readonly string[];
}

/** The scopes and claims of one authorization request, unchanged. */
export interface ConsentRequest {
  readonly client: Client;
  readonly scopes: readonly string[];
  /** From the `claims` parameter (OpenID Connect Core 1.0 §5.5). */
  readonly claims: readonly {
    readonly name: string;
    readonly isEssential: boolean;
    readonly in?: readonly ('userinfo' | 'id_token')[];
  }[];
  /** Resource indicators (RFC 8707). */
  readonly resources: readonly string[];
  /** The requested change of the app's grant (Grant Management for OAuth 2.0 §5.2). */
  readonly grantAction?: GrantAction | undefined;
  /** The app requests that the person decides everything again (`prompt=consent`, OpenID Connect Core 1.0 §3.1.2.1). */
  readonly requestsNewDecision?: boolean;
}

/**
 * `create` replaces all decisions and gives the grant a new id, `replace` leaves only the new decisions, `merge` adds them. `grantId` is the id that
 * the app named.
 */
export type GrantAction =
  { readonly kind: 'create' } | { readonly kind: 'replace' | 'merge'; readonly grantId: string };

/**
 * The reason of a pause: the consent was not used, or the database was restored and the consent may have been withdrawn
 * after the dump.
 */
export type PauseReason = (typeof PAUSE_REASONS)[number];

export const PAUSE_REASONS = ['unused', 'restored'] as const;

/** One step in the life of a consent. */
export interface ConsentEvent {
  /** Grows with time; a 64-bit number as text. */
  readonly id: string;
  readonly consentId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly kind: ConsentEventKind;
  readonly details: ConsentEventDetails;
  readonly locale: string | null;
  readonly occurredAt: Date;
}

/** Claims and decisions, never values. */
export interface ConsentEventDetails {
  readonly version?: number;
  readonly items?: readonly {
    readonly claim: string;
    readonly decision: 'share' | 'refuse';
    readonly duration: Duration;
    readonly purposeVersion: number;
    readonly attributeId: string | null;
  }[];
  readonly scopes?: readonly ConsentScope[];
  /** Claims and permissions that left the consent because the app does not request them any more. */
  readonly dropped?: DroppedAccess;
  readonly pausedFor?: PauseReason;
  /** Claims whose earlier answer was kept although the request for them has changed. */
  readonly kept?: readonly string[];
}

/** The claims and permissions that a consent loses when the app requests less. */
export interface DroppedAccess {
  readonly claims: readonly string[];
  readonly scopes: readonly Pick<ConsentScope, 'scope' | 'resource'>[];
}
