import { findClaimDefinition } from '../vault/index.ts';
import { inProfileOrder } from './claim-order.ts';
import type { ConsentEvent } from './consent.ts';

/** One decision as the history shows it. */
export interface ConsentEventView {
  readonly at: Date;
  readonly kind: ConsentEvent['kind'];
  /** Which sentence tells it: the kind, unless nothing was shared. */
  readonly wording: ConsentEvent['kind'] | 'connected';
  readonly appName: string;
  /** Titles of claims that were shared, refused. */
  readonly shared: readonly string[];
  readonly refused: readonly string[];
}

export interface EventWords {
  readonly locale: string;
  readonly appName: string;
}

export function presentConsentEvent(
  event: ConsentEvent,
  { locale, appName }: EventWords,
): ConsentEventView {
  const decided = inProfileOrder(event.details.items ?? []);
  const titles = (decision: 'share' | 'refuse') =>
    decided
      .filter((item) => item.decision === decision)
      .map(({ claim }) => claimTitle(claim, locale));
  const shared = titles('share');
  const isBare = event.kind === 'allowed' && shared.length === 0;
  return {
    at: event.occurredAt,
    kind: event.kind,
    wording: isBare ? 'connected' : event.kind,
    appName,
    shared,
    refused: titles('refuse'),
  };
}

/** What a claim is called on pages. */
export function claimTitle(claim: string, locale: string): string {
  return findClaimDefinition(claim)?.title[locale === 'ru' ? 'ru' : 'en'] ?? claim;
}
