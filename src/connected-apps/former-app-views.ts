import { page } from '../http/pages/page.ts';
import { dayIn } from '../platform/time-zones.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { presentConsentEvent } from './consent-event-views.ts';
import type { FormerApp } from './former-app.ts';

/** The page of an app whose access has ended, or that never had access. */
export const formerAppPage = page<ReturnType<typeof presentFormerApp>>(
  'connected-apps/former-app.njk',
);

/** Presents the page of an app that has no access now. */
export function presentFormerApp(
  app: FormerApp,
  { claims, locale }: { readonly claims: ClaimCatalogue; readonly locale: string },
) {
  const { clientId, name, events, read, ...shown } = app;
  const { since, endedAt } = shown;
  const isOneDay =
    since !== null && endedAt !== null && dayIn('UTC', since) === dayIn('UTC', endedAt);
  return {
    app: { ...shown, clientId, name, isOneDay },
    read: read.map(({ claim, lastReadAt }) => ({
      title: claims.titleOf(claim, locale),
      icon: claims.find(claim)?.icon ?? 'list',
      lastReadAt,
    })),
    events: events.map((event) => presentConsentEvent(event, { locale, appName: name, claims })),
    historyHref: `/account/history?app=${encodeURIComponent(clientId)}`,
    receiptsHref: `/account/receipts?app=${encodeURIComponent(clientId)}`,
  };
}
