import type { Client, Duration, Purpose } from '../clients/index.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import type { ConsentText, WrittenText } from './consent-text.ts';

/** Each step in the life of a consent, with the state that its receipt names (ISO/IEC TS 27560:2023 §6.3.7). */
export const EVENT_STATES = {
  allowed: 'consent_given',
  changed: 'consent_changed',
  kept: 'consent_kept',
  withdrawn: 'consent_withdrawn',
  expired: 'consent_expired',
  suspended: 'consent_suspended',
  resumed: 'consent_resumed',
  handed_back: 'consent_handed_back',
} as const;

/**
 * `kept`: the request had changed and the person kept the earlier decisions; `handed_back`: the app relinquished a
 * claim.
 */
export type ConsentEventKind = keyof typeof EVENT_STATES;

export const CONSENT_EVENT_KINDS = Object.keys(EVENT_STATES) as readonly ConsentEventKind[];

/** The members of a consent that its receipt states. */
export interface ReceiptConsent {
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly version: number;
  readonly status: 'active' | 'withdrawn';
  readonly suspendedAt: Date | null;
  readonly items: readonly ReceiptItem[];
  readonly scopes: readonly {
    readonly scope: string;
    readonly resource: string | null;
    readonly decision: 'allow' | 'refuse';
  }[];
}

/** The decision about one claim. */
export interface ReceiptItem {
  readonly claim: string;
  readonly attributeId: string | null;
  readonly isEssential: boolean;
  readonly decision: 'share' | 'refuse';
  readonly duration: Duration;
  readonly purpose: Purpose | null;
  readonly purposeVersion: number;
  readonly decidedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Did the person choose to share the claim? This is the choice as it was made; `consents/entitlement.ts` decides whether a value may be
 * released now.
 */
export function choseToShare({ decision }: Pick<ReceiptItem, 'decision'>): boolean {
  return decision === 'share';
}

/** An event, and the consent after it. */
export interface ReceiptEvent {
  /** The consent after the event. */
  readonly consent: ReceiptConsent;
  /** Null when the app is not registered any more. */
  readonly client: Client | null;
  /** The catalogue with the sensitivity of each claim. */
  readonly claims: ClaimCatalogue;
  readonly kind: ConsentEventKind;
  readonly details: {
    readonly items?: readonly { readonly claim: string }[];
    readonly dropped?: { readonly claims: readonly string[] };
  };
  readonly locale: string | null;
  readonly occurredAt: Date;
  readonly text: (ConsentText & WrittenText) | null;
}
