/** consents: the decisions of each person for each app, from which grants, tokens and releases are derived. */
import type { Database } from '../platform/postgres/postgres.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import { changeItem, type ChangeItemInput } from './change-item.ts';
import type { ConsentRequest, Consent, ConsentEvent } from './consent.ts';
import { createConsentStore, type SharedValue } from './consent-store.ts';
import type { ConsentDeps } from './consent-deps.ts';
import { decideConsent, type DecideConsentInput } from './decide-consent.ts';
import { denyConsent } from './deny-consent.ts';
import { describeConsent } from './page/describe-consent.ts';
import { endConsentsOfApp } from './lifecycle/end-consents-of-app.ts';
import { draftConsent, type DraftConsentInput } from './draft-consent.ts';
import { resolveRequest } from './requested-access.ts';
import {
  findGrantHolder,
  findManagedGrant,
  type ManagedGrantRef,
} from './grants/find-managed-grant.ts';
import { relinquishClaim, type RelinquishClaimInput } from './grants/relinquish-claim.ts';
import { coversRequest } from './covers-request.ts';
import { pauseAfterRestore } from './lifecycle/pause-after-restore.ts';
import { pauseUnused } from './lifecycle/pause-unused.ts';
import type { ConsentPrompt } from './page/consent-prompt.ts';
import { resumeConsent, type ResumeConsentInput } from './lifecycle/resume-consent.ts';
import {
  notifyClientOfPauses,
  type NotifyClientInput,
} from './lifecycle/notify-client-of-pauses.ts';
import { recordExpirations } from './lifecycle/record-expirations.ts';
import { withdrawConsent, type WithdrawConsentInput } from './withdraw-consent.ts';

export { isNeeded } from './covers-request.ts';
export { PAUSE_REASONS } from './consent.ts';
export { offeredValues } from './page/offered-values.ts';
export {
  allowedScopes,
  claimState,
  effectiveClaims,
  effectiveScopes,
  firstEssentialExpiry,
  isInForce,
  isPictureFetchable,
  sharedClaims,
  type EntitlementInput,
} from './entitlement.ts';
export type {
  ConsentRequest,
  Consent,
  ConsentEvent,
  ConsentItem,
  ConsentScope,
  GrantAction,
} from './consent.ts';
export type { ChangeItemInput } from './change-item.ts';
export type { ConsentDeps } from './consent-deps.ts';
export { ConsentForm, parseConsentForm, type ConsentFormResult } from './page/consent-form.ts';
export {
  answersOn,
  consentPage,
  presentConsent,
  type ConsentPageModel,
  type ConsentPlace,
} from './page/consent-views.ts';
export type { DecideConsentInput } from './decide-consent.ts';
export { questionAsShown, type Words } from './page/consent-text-views.ts';
export type { ConsentText } from '../receipts/index.ts';
export { DURATIONS, durationsUpTo, type Duration } from './duration.ts';
export { projectGrant, type GrantProjection } from './grants/project-grant.ts';
export { REFUSE, type ConsentDecision, type ConsentPrompt } from './page/consent-prompt.ts';

/** Names one consent: a person has at most one active consent per app. */
export interface ConsentKey {
  readonly accountId: string;
  readonly clientId: string;
}

/** Use cases of this slice. */
export interface Consents {
  /** The active consent, or null. As of at most the change feed's freshness bound ago. */
  find(key: ConsentKey): Promise<Consent | null>;
  /** Makes the next `find` on this node read the row itself: for a step that follows a decision made on another node. */
  forget(key: ConsentKey): void;
  /** Everything the consent page shows. */
  describe(input: DescribeInput): Promise<ConsentPrompt>;
  /** Is no question left for the person? */
  coversRequest(consent: Consent | null, ask: ConsentRequest): Promise<boolean>;
  /** See {@link decideConsent}. */
  decide(input: DecideConsentInput): Promise<Consent>;
  /** Records that the person refused; changes nothing else. */
  deny(input: ConsentKey): Promise<void>;
  /** See {@link withdrawConsent}. */
  withdraw(input: WithdrawConsentInput): Promise<void>;
  /** See {@link draftConsent}. */
  draft(input: Omit<DraftConsentInput, 'known'>): Promise<Consent>;
  /** See {@link resumeConsent}. */
  resume(input: ResumeConsentInput): Promise<void>;
  /** See {@link pauseAfterRestore}. */
  pauseAfterRestore(): Promise<number>;
  /** See {@link pauseUnused}. */
  pauseUnused(signal?: AbortSignal): Promise<number>;
  /** See {@link recordExpirations}. */
  recordExpirations(signal?: AbortSignal): Promise<number>;
  /** See {@link endConsentsOfApp}. */
  endOfApp(clientId: string, signal?: AbortSignal): Promise<number>;
  /** See {@link notifyClientOfPauses}. */
  notifyClientOfPauses(input: NotifyClientInput): Promise<void>;
  /** See {@link changeItem}. */
  changeItem(input: ChangeItemInput): Promise<Consent>;
  /**
   * Marks values that are shared once as released, in the transaction of that release.
   * @returns the claims that this caller may release; of several at once exactly one gets each.
   */
  consumeOneTime(tx: Database, input: ConsumeOneTimeInput): Promise<readonly string[]>;
  /** See {@link findManagedGrant}. */
  findManaged(ref: ManagedGrantRef): Promise<Consent | null>;
  /** See {@link findGrantHolder}. */
  findHolder(ref: ManagedGrantRef): Promise<string | null>;
  /** See {@link relinquishClaim}. */
  relinquishClaim(input: RelinquishClaimInput): Promise<Consent>;
  /** Active consents, the newest first. */
  list(accountId: string): Promise<Consent[]>;
  /** Decisions and changes, the newest first. */
  history(query: HistoryQuery): Promise<ConsentEvent[]>;
}

export interface ConsumeOneTimeInput {
  readonly consent: Consent;
  readonly values: readonly SharedValue[];
}

export interface DescribeInput {
  readonly accountId: string;
  readonly ask: ConsentRequest;
  readonly locale: string;
}

export interface HistoryQuery {
  readonly accountId: string;
  readonly clientId?: string | undefined;
  /** Only events older than the one with this id. */
  readonly before?: string | undefined;
  readonly from?: Date | undefined;
  /** Only events before this moment. */
  readonly until?: Date | undefined;
  readonly limit?: number;
}

const CACHED_CONSENTS = 20_000;
const DEFAULT_HISTORY_LIMIT = 50;

/** Connects the use cases to their stores. */
export function createConsents(deps: ConsentDeps): Consents {
  const store = createConsentStore(deps.db);
  const cache = createFreshCache<Consent | null>({
    feed: deps.feed,
    topic: 'consent',
    maxEntries: CACHED_CONSENTS,
    load: (key) => {
      const split = key.indexOf(':');
      return store.findActive(key.slice(0, split), key.slice(split + 1));
    },
  });
  const forget = ({ accountId, clientId }: ConsentKey) => cache.drop(`${accountId}:${clientId}`);
  /** The author of a change sees it at once on this node; other nodes are notified. */
  const thenForget = async <T>(key: ConsentKey, change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      forget(key);
    }
  };
  return Object.freeze({
    ...withoutCopies(deps),
    find: ({ accountId, clientId }: ConsentKey) => cache.get(`${accountId}:${clientId}`),
    forget,
    decide: (input: DecideConsentInput) =>
      thenForget(
        { accountId: input.accountId, clientId: input.ask.client.id },
        decideConsent(deps, input),
      ),
    withdraw: (input: WithdrawConsentInput) => thenForget(input, withdrawConsent(deps, input)),
    draft: async (input: Omit<DraftConsentInput, 'known'>) => {
      const known = await cache.get(`${input.accountId}:${input.ask.client.id}`);
      return draftConsent(deps, { ...input, known });
    },
    resume: (input: ResumeConsentInput) => thenForget(input, resumeConsent(deps, input)),
    changeItem: (input: ChangeItemInput) => thenForget(input, changeItem(deps, input)),
    consumeOneTime: async (tx: Database, { consent, values }: ConsumeOneTimeInput) => {
      const won = await createConsentStore(tx).spend(consent.id, values, deps.clock.now());
      if (won.length > 0) {
        await deps.feed.publish(tx, 'consent', `${consent.accountId}:${consent.clientId}`);
      }
      return won;
    },
    relinquishClaim: (input: RelinquishClaimInput) =>
      thenForget(input, relinquishClaim(deps, input)),
  });
}

type WithoutCopies =
  | 'describe'
  | 'coversRequest'
  | 'deny'
  | 'pauseUnused'
  | 'pauseAfterRestore'
  | 'recordExpirations'
  | 'endOfApp'
  | 'notifyClientOfPauses'
  | 'findManaged'
  | 'findHolder'
  | 'list'
  | 'history';

/** The operations that neither read this node's copies of consents nor make them outdated. */
function withoutCopies(deps: ConsentDeps): Pick<Consents, WithoutCopies> {
  const store = createConsentStore(deps.db);
  return {
    describe: (input: DescribeInput) => describeConsent(deps, input),
    coversRequest: async (consent: Consent | null, ask: ConsentRequest) =>
      coversRequest(consent, resolveRequest(ask, await deps.scopes.catalogue()), deps.clock.now()),
    deny: (input: ConsentKey) => denyConsent(deps, input),
    pauseAfterRestore: () => pauseAfterRestore(deps),
    pauseUnused: (signal?: AbortSignal) => pauseUnused(deps, signal),
    recordExpirations: (signal?: AbortSignal) => recordExpirations(deps, signal),
    endOfApp: (clientId: string, signal?: AbortSignal) => endConsentsOfApp(deps, clientId, signal),
    notifyClientOfPauses: (input: NotifyClientInput) => notifyClientOfPauses(deps, input),
    findManaged: (ref: ManagedGrantRef) => findManagedGrant(deps, ref),
    findHolder: (ref: ManagedGrantRef) => findGrantHolder(deps, ref),
    list: (accountId: string) => store.listActive(accountId),
    history: (query: HistoryQuery) =>
      store.listEvents({
        accountId: query.accountId,
        clientId: query.clientId ?? null,
        before: query.before ?? null,
        from: query.from ?? null,
        until: query.until ?? null,
        limit: query.limit ?? DEFAULT_HISTORY_LIMIT,
      }),
  };
}
