import type { Client, Purpose } from '../clients/index.ts';
import type { Duration } from './duration.ts';

/** What a person decided about one claim. */
export interface ConsentItem {
  readonly claim: string;
  readonly decision: 'share' | 'refuse';
  /** The value to share: a pointer, never a copy. Null when refused, or when the value was deleted. */
  readonly attributeId: string | null;
  readonly isEssential: boolean;
  /** The version of the purpose text that the person saw; 0 when the app gave none. */
  readonly purposeVersion: number;
  /** That text; null when the app gave none, and for decisions older than its keeping. */
  readonly purpose: Purpose | null;
  readonly duration: Duration;
  /** The longest the person has seen the app ask for; null for decisions older than its keeping. */
  readonly seenDuration: Duration | null;
  /** The version of a changed request that the person has seen, and kept this answer nevertheless. */
  readonly keptVersion: number | null;
  readonly decidedAt: Date;
  readonly expiresAt: Date | null;
  /** When a value shared once was released. */
  readonly spentAt: Date | null;
}

/** What a person decided about one permission. */
export interface ConsentScope {
  readonly scope: string;
  /** The API it belongs to; null for permissions of this server itself. */
  readonly resource: string | null;
  readonly decision: 'allow' | 'refuse';
}

/** What one person decided for one app. The truth: grants and tokens are drawn from it. */
export interface Consent {
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  /** Grows by one with every decision and change. */
  readonly version: number;
  readonly status: 'active' | 'withdrawn';
  /** What the app calls this (Grant Management for OAuth 2.0 §5.5); unguessable, and unlike the id known outside. */
  readonly grantId: string;
  readonly items: readonly ConsentItem[];
  readonly scopes: readonly ConsentScope[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Since when `grantId` names it. */
  readonly grantCreatedAt: Date;
  /** Since then nothing leaves; the person can resume it. */
  readonly suspendedAt: Date | null;
  /** Why; null while it is not paused. */
  readonly suspendedFor: PauseReason | null;
  /** What was last asked claim by claim with the `claims` parameter, for previews. */
  readonly askedClaims: AskedClaims;
}

/** Names of claims from the `claims` parameter, by where they are answered (OpenID Connect Core 1.0 §5.5). */
export interface AskedClaims {
  readonly userinfo: readonly string[];
  readonly idToken: readonly string[];
}

/** What one authorization request asks for, as it came in. */
export interface AuthorizationAsk {
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
  /** What the app wants done with what it has (Grant Management for OAuth 2.0 §5.2). */
  readonly grantAction?: GrantAction | undefined;
  /** The app wants everything to be asked again (`prompt=consent`, OpenID Connect Core 1.0 §3.1.2.1). */
  readonly asksAgain?: boolean;
}

/**
 * `create` begins anew under a new grant id, `replace` leaves only what is decided now, `merge` adds to it. `grantId` is what
 * the app named.
 */
export type GrantAction =
  { readonly kind: 'create' } | { readonly kind: 'replace' | 'merge'; readonly grantId: string };

/**
 * What can happen to a consent. `kept`: the request had changed and the person stayed with what was agreed before;
 * `handed_back`: the app itself gave something up.
 */
export type ConsentEventKind = (typeof CONSENT_EVENT_KINDS)[number];

export const CONSENT_EVENT_KINDS = [
  'allowed',
  'changed',
  'kept',
  'refused',
  'withdrawn',
  'expired',
  'suspended',
  'resumed',
  'handed_back',
] as const;

/** Why a consent is paused: it lay unused, or the database was restored and it may have been withdrawn since the dump. */
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
  /** What left the consent because the app does not ask for it any more. */
  readonly dropped?: Dropped;
  /** Of a pause. */
  readonly pausedFor?: PauseReason;
  /** Claims whose earlier answer was kept although the request for them has changed. */
  readonly kept?: readonly string[];
}

/** What a consent loses when the app asks for less. */
export interface Dropped {
  readonly claims: readonly string[];
  readonly scopes: readonly Pick<ConsentScope, 'scope' | 'resource'>[];
}

/** May the item's value leave at `now`? */
export function isLive(item: ConsentItem, now: Date): boolean {
  return (
    item.decision === 'share' &&
    item.attributeId !== null &&
    item.spentAt === null &&
    (item.expiresAt === null || now < item.expiresAt)
  );
}
