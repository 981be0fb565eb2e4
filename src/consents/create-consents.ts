import { bindUseCases } from '../platform/bind-use-cases.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { changeItem } from './change-item.ts';
import {
  createConsentStore,
  type EventQuery,
  type FormerQuery,
  type SharedValue,
} from './consent-store.ts';
import type { Consent, ConsentKey, ConsentRequest } from './consent.ts';
import type { ConsentsContext } from './context.ts';
import { coversRequest } from './covers-request.ts';
import { decideConsent, denyConsent, draftConsent, findDecided } from './decide-consent.ts';
import { findGrantAccount, findManagedGrant } from './grants/find-managed-grant.ts';
import { relinquishClaim } from './grants/relinquish-claim.ts';
import { endConsentsOfApp } from './lifecycle/end-consents-of-app.ts';
import { notifyClientOfPauses } from './lifecycle/notify-client-of-pauses.ts';
import { pauseAfterRestore, pauseUnused } from './lifecycle/pause-consents.ts';
import { recordExpirations } from './lifecycle/record-expirations.ts';
import { resumeConsent } from './lifecycle/resume-consent.ts';
import { addMissingValues } from './page/add-missing-values.ts';
import { createPeopleCounter } from './page/count-people.ts';
import { describeConsent } from './page/describe-consent.ts';
import { describeExample } from './page/describe-example.ts';
import { createPeopleStore } from './page/people-store.ts';
import { resolveRequest } from './requested-access.ts';
import { withdrawConsent } from './withdraw-consent.ts';

type ConsentsDeps = Omit<ConsentsContext, 'recent' | 'keepRecent' | 'countPeople'>;

const CACHED_CONSENTS = 20_000;

/** Connects the use cases to their dependencies. */
export function createConsents(deps: ConsentsDeps) {
  const cache = createFreshCache<Consent | null>({
    feed: deps.feed,
    topic: 'consent',
    maxEntries: CACHED_CONSENTS,
    load: (name) => {
      const split = name.indexOf(':');
      const [accountId, clientId] = [name.slice(0, split), name.slice(split + 1)];
      return createConsentStore(deps.db).findActive({ accountId, clientId });
    },
  });
  const recent = (key: ConsentKey) => cache.get(nameOf(key));
  const countPeople = createPeopleCounter(deps);
  const keepRecent: ConsentsContext['keepRecent'] = (key, changeId, write) =>
    cache.keep(nameOf(key), write, changeId);
  return {
    /**
     * The active consent as stored, or null. For pages and other answers to the person, who sees each of their changes at the next
     * request.
     */
    find: (key: ConsentKey): Promise<Consent | null> => createConsentStore(deps.db).findActive(key),
    /** As `find`, from the memory of this node: as of at most the change feed's freshness bound ago. For requests of apps. */
    recent,
    /** Makes the next `recent` on this node read the row, for a step that follows a decision on another node. */
    forget: (key: ConsentKey) => cache.drop(nameOf(key)),
    ...bindUseCases({ ...deps, recent, keepRecent, countPeople } satisfies ConsentsContext, {
      describe: describeConsent,
      describeExample,
      addMissingValues,
      coversRequest: isCovered,
      decide: decideConsent,
      findDecided,
      deny: denyConsent,
      draft: draftConsent,
      changeItem,
      withdraw: withdrawConsent,
      resume: resumeConsent,
      relinquishClaim,
      consumeOneTime,
      findManaged: findManagedGrant,
      findGrantAccount,
      pauseUnused,
      pauseAfterRestore,
      recordExpirations,
      endOfApp: endConsentsOfApp,
      notifyClientOfPauses,
      /** The number of people who have connected an app now; larger numbers than `most` are not distinguished. */
      peopleOf: (
        ctx: ConsentsContext,
        { clientId, most }: { readonly clientId: string; readonly most: number },
      ) => createPeopleStore(ctx.db).count(clientId, most),
      list: (ctx: ConsentsContext, accountId: string) =>
        createConsentStore(ctx.db).listActive(accountId),
      listFormer: (ctx: ConsentsContext, query: FormerQuery) =>
        createConsentStore(ctx.db).listFormer(query),
      history: (ctx: ConsentsContext, query: EventQuery) =>
        createConsentStore(ctx.db).listEvents(query),
    }),
  };
}

export type Consents = ReturnType<typeof createConsents>;

/** Is no question left for the person? */
async function isCovered(
  ctx: ConsentsContext,
  consent: Consent | null,
  request: ConsentRequest,
): Promise<boolean> {
  const requested = resolveRequest(request, await ctx.scopes.catalogue());
  return coversRequest(consent, requested, ctx.clock.now());
}

/**
 * Marks values that are shared once as released, in the transaction of that release.
 * @returns the claims that this caller may release; of concurrent callers exactly one gets each claim.
 */
async function consumeOneTime(
  ctx: ConsentsContext,
  tx: Database,
  { consent, values }: { readonly consent: Consent; readonly values: readonly SharedValue[] },
): Promise<readonly string[]> {
  const won = await createConsentStore(tx).consumeOneTime(consent.id, values, ctx.clock.now());
  if (won.length > 0) await ctx.feed.publish(tx, 'consent', nameOf(consent));
  return won;
}

function nameOf({ accountId, clientId }: ConsentKey): string {
  return `${accountId}:${clientId}`;
}
