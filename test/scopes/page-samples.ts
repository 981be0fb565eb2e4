import {
  claimKindPage,
  claimPage,
  claimsPage,
  retireClaimPage,
  retiredClaimPage,
  type ClaimLine,
} from '../../src/scopes/custom-claims/claim-views.ts';
import { CUSTOM_KINDS } from '../../src/scopes/index.ts';
import {
  resourceServerPage,
  retireScopePage,
  scopePage,
  scopesPage,
  type ScopeLine,
  type ServerLine,
} from '../../src/scopes/scope-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

const LONG = 'A permission with a rather long title for an API nobody has heard of';

const SCOPE: ScopeLine = {
  name: 'orders:read',
  title: LONG,
  description: 'See what you bought, when and where.',
  kind: 'api',
  resource: 'https://api.a-rather-long-company-name.example.org/orders/v1/',
  sensitivity: 'high',
  isStandard: false,
  isRetired: true,
};
const SERVER: ServerLine = {
  identifier: 'https://api.a-rather-long-company-name.example.org/orders/v1/',
  title: LONG,
  accessTokenFormat: 'jwt',
  accessTokenLifetimeSeconds: 600,
  isRetired: true,
};
const DATA_SCOPE: ScopeLine = {
  ...SCOPE,
  name: 'profile',
  kind: 'data',
  resource: null,
  isStandard: true,
  isRetired: false,
};

addSample(scopesPage, { scopes: [SCOPE, DATA_SCOPE], servers: [SERVER], search: 'orders' });

addSample(scopePage, {
  scope: null,
  kind: 'data',
  claims: [
    { name: 'name', title: 'Full name' },
    { name: 'nickname', title: 'Nickname' },
  ],
  chosenClaims: ['nickname'],
  servers: [SERVER],
  appsAsking: 2,
  retirement: null,
  values: { name: 'pen-name', 'title.en': 'Pen name' },
  errors: { name: 'scope_name_taken', 'title.en': 'text_missing', claims: 'scope_without_claims' },
});

addSample(retireScopePage, { scope: SCOPE, appsAsking: 3 });

addSample(resourceServerPage, {
  server: null,
  values: {},
  errors: {
    identifier: 'resource_identifier_not_exact',
    accessTokenLifetimeSeconds: 'lifetime_too_long_for_jwt',
  },
});

const CLAIM: ClaimLine = {
  name: 'preferred_delivery_window_of_the_warehouse',
  title: 'A detail with a rather long title that is hardly ever used',
  kind: 'choice',
  sensitivity: 'high',
  isMultiple: true,
  isRetired: true,
  permissions: ['Where parcels go when you are out'],
};

addSample(claimsPage, {
  claims: [CLAIM, { ...CLAIM, name: 'shoe_size', isRetired: false, permissions: [] }],
  search: 'shoe',
  isNoneDefined: false,
});
addSample(claimKindPage, { kinds: CUSTOM_KINDS });
addSample(claimPage, {
  claim: null,
  kind: 'text',
  requestingApps: 2,
  values: { name: 'Shoe Size', 'title.en': 'Shoe size', 'rules.pattern': '(' },
  errors: {
    name: 'claim_name_invalid',
    'title.en': 'text_missing',
    'rules.pattern': 'rule_pattern',
  },
});
addSample(retiredClaimPage, {
  claim: CLAIM,
  description: 'A day and the hours of that day, as the warehouse needs them.',
  retirement: { at: new Date('2026-11-17T09:41:00Z'), by: 'other' },
});
addSample(retireClaimPage, {
  claim: CLAIM,
  requestingApps: 3,
  ending: ['Where parcels go when you are out'],
});
