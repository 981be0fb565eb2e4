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
  claims: ['name', 'nickname'],
  chosenClaims: ['nickname'],
  servers: [SERVER],
  appsAsking: 2,
  values: { name: 'pen-name', 'title.en': 'Pen name' },
  errors: { name: 'scope_name_taken', 'title.ru': 'text_missing', claims: 'scope_without_claims' },
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
