import { DURATIONS } from '../../src/clients/index.ts';
import { appPage } from '../../src/clients/console/app-overview-views.ts';
import {
  appsPage,
  type AppLine,
  chooseTypePage,
  createdAppPage,
  deletedPage,
  deletePage,
  type FormModel,
  newAppPage,
  settingsPage,
  suspendPage,
  tokenLives,
} from '../../src/clients/console/client-views.ts';
import type { FailedRequest } from '../../src/clients/failed-requests/failed-request.ts';
import { failedRequestsPage } from '../../src/clients/failed-requests/failed-request-routes.ts';
import {
  type DetailChoice,
  permissionsPage,
} from '../../src/clients/requests/client-permission-views.ts';
import { codePage } from '../../src/clients/samples/client-code-views.ts';
import { logoPage } from '../../src/clients/logos/client-logo-page-routes.ts';
import {
  newSecretPage,
  OVERLAPS,
  removeSecretPage,
  secretsPage,
} from '../../src/clients/secrets/client-secret-views.ts';
import type { RenderedPart } from '../../src/http/pages/part.ts';
import { addSample } from '../support/browser/page-samples.ts';

const MOMENT = new Date('2026-11-17T09:41:00Z');

const APP: AppLine = {
  id: 'app_c0ffee0011114222833344445555666',
  name: 'The Bookshop of Maximiliane Wolkenstein-Trostburg and Company',
  logo: null,
  type: 'web',
  status: 'suspended',
  isHeld: true,
  isVerified: false,
  usesSecret: true,
  hasSignOutNotices: false,
  createdAt: MOMENT,
  updatedAt: MOMENT,
};

const FORM: FormModel = {
  values: {
    name: 'Bookshop',
    redirectUris: 'http://shop.example/callback\nhttps://shop.example/ok',
  },
  errors: { name: 'name_missing', 'redirectUris.0': 'redirect_uri_not_https' },
  redirectProblems: [{ line: 'http://shop.example/callback', code: 'redirect_uri_not_https' }],
  logoutProblems: [],
};

const SECRET = {
  id: 'c0ffee00-1111-4222-8333-444455556667',
  hint: 'VtM0',
  createdAt: MOMENT,
  expiresAt: MOMENT,
  lastUsedAt: MOMENT,
};
const NEW_SECRET = '4nF0vJm3q1LrB7yXw9TzKp2sHd6GcEuA8iOoNkRfVtM';

addSample(appsPage, {
  apps: [APP, { ...APP, status: 'active', type: 'machine' }],
  search: 'shop',
});
addSample(chooseTypePage, { types: ['web', 'single_page', 'native', 'machine'] });
addSample(newAppPage, {
  ...FORM,
  type: 'native',
  draftKey: 'c0ffee00-1111-4222-8333-444455556666',
});
addSample(createdAppPage, { app: APP, secret: NEW_SECRET });
const API = 'https://api.a-rather-long-company-name.example.org/orders/v1/';
addSample(codePage, {
  app: APP,
  stacks: [
    { id: 'openid-client', title: 'Node.js' },
    { id: 'next-auth', title: 'Next.js' },
  ],
  shown: 'openid-client',
  title: 'Node.js',
  library: 'openid-client 6',
  notes: [
    { id: 'client_secret', values: {} },
    { id: 'private_jwk', values: {} },
    { id: 'signed_jwt', values: {} },
    { id: 'redirect_uri', values: { address: API }, page: 'settings' },
    { id: 'proxy', values: { port: '8080' } },
    { id: 'api_elsewhere', values: { api: API } },
    { id: 'api_values', values: { api: API }, page: 'settings' },
  ],
  blocks: [
    { step: 'install', code: 'npm install openid-client@6' },
    { file: 'server.mjs', code: `const config = '<script>';` },
    { step: 'start', code: 'node server.mjs' },
    { step: 'sign_in', code: 'x' },
    { step: 'exchange', code: 'x' },
    { step: 'user_info', code: 'x' },
    { step: 'get_token', code: 'x' },
  ],
});
addSample(appPage, {
  app: APP,
  issuer: 'https://id.example.org',
  steps: [
    ...(['address', 'details', 'reasons', 'logo', 'policy', 'contact', 'used'] as const),
    ...(['permissions', 'secret'] as const),
  ].flatMap((id) => [
    { id, isDone: true, page: '/settings' },
    { id, isDone: false, page: '/settings' },
  ]),
  people: 10_000,
  hasMorePeople: true,
  failures: 3,
  introspectedResources: ['https://api.a-rather-long-company-name.example.org/orders/v1/'],
});
addSample(settingsPage, {
  ...FORM,
  errors: { ...FORM.errors, refreshTokenIdleSeconds: 'token_life_idle_too_long' },
  app: { ...APP, status: 'active' },
  lives: tokenLives({
    accessToken: 900,
    refreshToken: 1_209_600,
    refreshTokenAbsolute: 31_536_000,
  }),
});
addSample(suspendPage, { app: APP });
addSample(deletePage, { app: APP });
addSample(deletedPage, { app: APP });

addSample(secretsPage, {
  app: APP,
  secrets: [SECRET, { ...SECRET, expiresAt: null, lastUsedAt: null }],
  overlaps: OVERLAPS,
  draftKey: SECRET.id,
  errors: { form: 'too_many_secrets' },
});
addSample(newSecretPage, { app: APP, secret: NEW_SECRET });
addSample(removeSecretPage, { app: APP, secret: SECRET });

const FAILURE: FailedRequest = {
  id: '7',
  endpoint: 'authorization',
  code: 'scope_dropped',
  reason: 'not registered for this app: phone <b>',
  times: 12,
  firstAt: MOMENT,
  lastAt: MOMENT,
};
addSample(failedRequestsPage, {
  app: APP,
  failures: [FAILURE, { ...FAILURE, endpoint: 'token', code: 'invalid_client', reason: '' }],
});

const DETAIL: DetailChoice = {
  claim: 'email',
  title: 'E-mail',
  icon: 'mail',
  isSensitive: true,
  necessity: 'essential',
  purpose: { en: '', fr: 'Votre commande' },
  otherPurposes: [{ field: 'purpose_email.fr', text: 'Votre commande' }],
  duration: '1_year',
  errors: { 'purpose_email.en': 'purpose_missing' },
};
addSample(permissionsPage, {
  app: APP,
  groups: [
    {
      group: 'contact',
      details: [
        DETAIL,
        {
          ...DETAIL,
          claim: 'phone_number',
          necessity: 'none',
          otherPurposes: [],
          errors: { necessity_phone_number: 'claim_not_reachable' },
        },
      ],
      requestedCount: 1,
      isOpen: true,
    },
    { group: 'other', details: [], requestedCount: 0, isOpen: false },
  ],
  permissionGroups: (['sign_in', 'account', 'api'] as const).map((kind) => ({
    kind,
    resource: 'https://api.a-rather-long-company-name.example.org/orders/v1/',
    isAnyChosen: true,
    permissions: [
      {
        name: `orders-${kind}`,
        title: 'Read your orders',
        description: 'See everything that you ordered.',
        sensitivity: 'high' as const,
        isChosen: true,
        isRetired: kind === 'api',
      },
    ],
  })),
  durations: DURATIONS,
  requestedCount: 1,
  scope: 'openid email offline_access',
  requestsEverything: true,
  problems: [
    { field: 'purpose_email.en', title: 'E-mail', code: 'purpose_missing' },
    { field: 'permissions', title: '', code: 'scope_unknown' },
  ],
  formError: '',
  example: { html: '<p>The consent page</p>' } as RenderedPart,
  exampleLocale: 'en',
  isExampleOpen: false,
});
addSample(logoPage, { app: APP, errors: { logo: 'logo_kind_unsupported' } });
