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
      .map(({ claim }) => claimTitle(claims, claim, locale));
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
    dropped: (event.details.dropped?.claims ?? []).map((claim) =>
      claimTitle(claims, claim, locale),
    ),
  };
}

function wordingOf({ kind, details }: ConsentEvent, shared: readonly string[]) {
  if (kind === 'allowed' && shared.length === 0) return 'connected';
  return kind === 'suspended' && details.pausedFor === 'restored' ? 'suspended_restored' : kind;
}

/** The title of a claim on pages. */
export function claimTitle(claims: ClaimCatalogue, claim: string, locale: string): string {
  const words = locale === 'ru' ? 'ru' : 'en';
  if (claim.startsWith(RECORDS)) return RECORDS_TITLE[words];
  return claims.find(claim)?.title[words] ?? claim;
}

/** The prefix of reads of records in the ledger; see `claims/app-records.ts`. */
const RECORDS = 'records:';
const RECORDS_TITLE = { en: 'What it keeps with you', ru: 'Что оно хранит у вас' } as const;
