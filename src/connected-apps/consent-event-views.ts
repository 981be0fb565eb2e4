import type { ConsentEvent } from '../consents/index.ts';
import { choseToShare } from '../receipts/index.ts';
import { consentEventWording } from './consent-event-wording.ts';
import { inProfileOrder, type ClaimCatalogue } from '../scopes/index.ts';

/** One decision as the history shows it. `claims` gives the titles. */
export function presentConsentEvent(
  event: ConsentEvent,
  context: { readonly locale: string; readonly appName: string; readonly claims: ClaimCatalogue },
) {
  const { locale, appName, claims } = context;
  const decided = inProfileOrder(event.details.items ?? []);
  const titles = (items: typeof decided) => items.map(({ claim }) => claims.titleOf(claim, locale));
  return {
    at: event.occurredAt,
    kind: event.kind,
    /** The key of its text: the kind, or a special key if nothing was shared or a restored database was the reason. */
    wording: consentEventWording(event),
    appName,
    shared: titles(decided.filter(choseToShare)),
    refused: titles(decided.filter((item) => !choseToShare(item))),
    /** Claims and permissions that the app does not request any more. */
    dropped: (event.details.dropped?.claims ?? []).map((claim) => claims.titleOf(claim, locale)),
  };
}
