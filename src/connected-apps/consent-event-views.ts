import type { ConsentEvent } from '../consents/index.ts';
import { inProfileOrder, type ClaimCatalogue } from '../scopes/index.ts';

/** One decision as the history shows it. `claims` gives the titles. */
export function presentConsentEvent(
  event: ConsentEvent,
  context: { readonly locale: string; readonly appName: string; readonly claims: ClaimCatalogue },
) {
  const { locale, appName, claims } = context;
  const decided = inProfileOrder(event.details.items ?? []);
  const titles = (decision: 'share' | 'refuse') =>
    decided
      .filter((item) => item.decision === decision)
      .map(({ claim }) => claims.titleOf(claim, locale));
  const shared = titles('share');
  return {
    at: event.occurredAt,
    kind: event.kind,
    /** The key of its text: the kind, or a special key if nothing was shared or a restored database was the reason. */
    wording: wordingOf(event, shared),
    appName,
    shared,
    refused: titles('refuse'),
    /** Claims and permissions that the app does not request any more. */
    dropped: (event.details.dropped?.claims ?? []).map((claim) => claims.titleOf(claim, locale)),
  };
}

function wordingOf({ kind, details }: ConsentEvent, shared: readonly string[]) {
  if (kind === 'allowed' && shared.length === 0) return 'connected';
  return kind === 'suspended' && details.pausedFor === 'restored' ? 'suspended_restored' : kind;
}
