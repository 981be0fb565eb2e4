/** consents: the decisions of each person for each app, from which grants, tokens and releases are derived. */
export { createConsents, type Consents } from './create-consents.ts';
export type { ConsentText } from '../receipts/index.ts';
export { REFUSE, type ConsentDecision } from './consent-decision.ts';
export { PAUSE_REASONS } from './consent.ts';
export type {
  Consent,
  ConsentEvent,
  ConsentItem,
  ConsentKey,
  ConsentRequest,
  GrantAction,
} from './consent.ts';
export { isNeeded } from './covers-request.ts';
export { durationsUpTo } from './duration.ts';
export {
  allowedScopes,
  claimState,
  effectiveClaims,
  effectiveOwnScopes,
  endTimes,
  firstEssentialExpiry,
  isInForce,
  isPaused,
  isLiveAfterUse,
  isPictureFetchable,
  sharedClaims,
  type EntitlementInput,
} from './entitlement.ts';
export { consentsJobs } from './lifecycle/consents-jobs.ts';
export { projectGrant, type GrantProjection } from './grants/project-grant.ts';
export { offeredValues } from './offered-values.ts';
export type { ConsentPrompt } from './page/consent-prompt.ts';
