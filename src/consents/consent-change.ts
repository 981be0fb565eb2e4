import { randomUUID } from 'node:crypto';

import type {
  Consent,
  ConsentEventDetails,
  ConsentItem,
  ConsentKey,
  ConsentScope,
  DroppedAccess,
  PauseReason,
  RequestedClaimNames,
} from './consent.ts';

/** The changes of one step in the life of a consent. Members that are left out stay as they are. */
export interface ConsentChange {
  /** New decisions; those about other claims and permissions stay. */
  readonly items?: readonly ConsentItem[];
  readonly scopes?: readonly ConsentScope[];
  /** Decisions that stay on their earlier terms although the request for them has changed. */
  readonly keptTerms?: readonly KeptTerms[];
  /** Claims and permissions that are removed from the consent. */
  readonly dropped?: DroppedAccess;
  /** Decisions whose expiry is recorded; nothing else changes. */
  readonly expired?: readonly ConsentItem[];
  readonly status?: 'withdrawn';
  /** The reason of a pause; null ends the pause. */
  readonly pausedFor?: PauseReason | null;
  /** A new id for the app's grant. */
  readonly grantId?: string;
  readonly requestedClaimNames?: RequestedClaimNames;
}

/** The version of a request that the person has seen without agreeing to its new terms. */
export type KeptTerms = Pick<ConsentItem, 'claim' | 'keptVersion' | 'seenDuration'>;

/** The consent after a change at `now`. */
export function applyChange(consent: Consent, change: ConsentChange, now: Date): Consent {
  const { dropped = { claims: [], scopes: [] }, keptTerms = [], pausedFor } = change;
  const items = change.items ?? [];
  const scopes = change.scopes ?? [];
  const leaving = new Set([...items.map(({ claim }) => claim), ...dropped.claims]);
  const leavingScopes = new Set([...scopes, ...dropped.scopes].map(nameOf));
  const isByServer = change.expired !== undefined || (pausedFor ?? null) !== null;
  return {
    ...consent,
    version: consent.version + 1,
    status: change.status ?? consent.status,
    items: [...consent.items.filter(({ claim }) => !leaving.has(claim)), ...items]
      .map((item) => ({ ...item, ...keptTerms.find(({ claim }) => claim === item.claim) }))
      .toSorted((one, other) => (one.claim < other.claim ? -1 : 1)),
    scopes: [
      ...consent.scopes.filter((scope) => !leavingScopes.has(nameOf(scope))),
      ...scopes,
    ].toSorted((one, other) => (one.scope < other.scope ? -1 : 1)),
    // A pause and an expiry do not count as use of the consent.
    updatedAt: isByServer ? consent.updatedAt : now,
    ...(pausedFor !== undefined && {
      suspendedAt: pausedFor === null ? null : now,
      suspendedFor: pausedFor,
    }),
    ...(change.grantId !== undefined && { grantId: change.grantId, grantCreatedAt: now }),
    requestedClaimNames: change.requestedClaimNames ?? consent.requestedClaimNames,
  };
}

/** The record of a change in the history: names and decisions, never values. */
export function detailsOf({
  items,
  scopes,
  keptTerms = [],
  dropped,
  expired,
  pausedFor = null,
}: ConsentChange): ConsentEventDetails {
  const decided = items ?? expired;
  return {
    ...(keptTerms.length > 0 && { kept: keptTerms.map(({ claim }) => claim) }),
    ...(dropped !== undefined && { dropped }),
    ...(pausedFor !== null && { pausedFor }),
    ...(decided !== undefined && {
      items: decided.map(({ claim, decision, duration, purposeVersion, attributeId }) => ({
        claim,
        decision,
        duration,
        purposeVersion,
        attributeId,
      })),
    }),
    ...(scopes !== undefined && { scopes }),
  };
}

/** A consent of version 0: it is empty and not stored yet. */
export function newConsent({ accountId, clientId }: ConsentKey, now: Date): Consent {
  return {
    id: randomUUID(),
    grantId: newGrantId(),
    grantCreatedAt: now,
    accountId,
    clientId,
    version: 0,
    status: 'active',
    items: [],
    scopes: [],
    createdAt: now,
    updatedAt: now,
    suspendedAt: null,
    suspendedFor: null,
    requestedClaimNames: { userinfo: [], idToken: [] },
  };
}

/** 244 random bits, so that the id cannot be guessed and reveals no internal id. */
export function newGrantId(): string {
  return `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
}

function nameOf({ scope, resource }: Pick<ConsentScope, 'scope' | 'resource'>): string {
  return `${scope} ${resource ?? ''}`;
}
