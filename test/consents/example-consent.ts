import type { ClaimRequest, Client } from '../../src/clients/index.ts';
import type { Consent, ConsentItem } from '../../src/consents/index.ts';
import { buildCatalogue } from '../../src/scopes/build-catalogue.ts';
import { standardEntries } from '../support/translations.ts';

/** The moment at which the examples are decided and read. */
export const NOW = new Date('2026-01-31T12:00:00Z');
const words = { en: 'x', ru: 'x' };
export const orders = {
  kind: 'api',
  name: 'orders:read',
  resource: 'https://orders.example/api',
  title: words,
  description: words,
  sensitivity: 'low',
  isStandard: false,
  retiredAt: null,
  retiredBy: null,
} as const;
const server = {
  identifier: orders.resource,
  title: words,
  accessTokenFormat: 'opaque',
  accessTokenLifetimeSeconds: 900,
  introspectionClientIds: [],
  retiredAt: null,
} as const;
export const catalogue = buildCatalogue(
  { scopes: [orders], servers: [server], claims: [] },
  standardEntries,
);

export const clientWith = (changes: Partial<Client>): Client =>
  ({
    id: 'bookshop',
    status: 'active',
    scopes: ['openid', 'profile', 'email', 'offline_access', 'orders:read', 'account:read'],
    requests: [],
    ...changes,
  }) as unknown as Client;

export const request = (claim: string, changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  claim,
  necessity: 'voluntary',
  purpose: { en: 'Because' },
  purposeVersion: 1,
  longestDuration: 'until_withdrawn',
  ...changes,
});

export const item = (claim: string, changes: Partial<ConsentItem> = {}): ConsentItem => ({
  claim,
  decision: 'share',
  attributeId: 'a1',
  isEssential: false,
  purposeVersion: 0,
  purpose: null,
  seenDuration: null,
  keptVersion: null,
  duration: 'until_withdrawn',
  decidedAt: NOW,
  expiresAt: null,
  usedAt: null,
  ...changes,
});

export const consentWith = (
  items: readonly ConsentItem[],
  scopes: Consent['scopes'] = [
    { scope: 'openid', resource: null, decision: 'allow' },
    { scope: 'email', resource: null, decision: 'allow' },
  ],
): Consent => ({
  id: 'c1',
  accountId: 'p1',
  clientId: 'bookshop',
  version: 1,
  status: 'active',
  items,
  scopes,
  createdAt: NOW,
  updatedAt: NOW,
  grantId: 'g1',
  grantCreatedAt: NOW,
  suspendedAt: null,
  suspendedFor: null,
  requestedClaimNames: { userinfo: [], idToken: [] },
});
