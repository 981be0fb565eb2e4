import { findClaimDefinition } from '../vault/index.ts';
import type { ConsentEvent } from './consent.ts';

/** One decision as the history shows it. */
export interface ConsentEventView {
  readonly at: Date;
  readonly kind: ConsentEvent['kind'];
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
  const titles = (decision: 'share' | 'refuse') =>
    (event.details.items ?? [])
      .filter((item) => item.decision === decision)
      .map(({ claim }) => claimTitle(claim, locale));
  return {
    at: event.occurredAt,
    kind: event.kind,
    appName,
    shared: titles('share'),
    refused: titles('refuse'),
  };
}

/** What a claim is called on pages. */
export function claimTitle(claim: string, locale: string): string {
  return findClaimDefinition(claim)?.title[locale === 'ru' ? 'ru' : 'en'] ?? claim;
}
