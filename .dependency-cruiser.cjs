// Import rules of docs/architecture.md. `npm test` runs them and breaks each once (test/architecture.test.ts).

/** The order of slices, from left to right. A slice imports the faces (`index.ts`, `http.ts`) of slices to its left. */
const SLICES = [
  'audit',
  'scopes',
  'tokens',
  'sessions',
  'accounts',
  'vault',
  'authentication',
  'imports',
  'clients',
  'logout-notices',
  'ledger',
  'receipts',
  'consents',
  'claims',
  'connected-apps',
  'activity',
  'exports',
  'deletions',
  'oidc',
  'interactions',
];

const anyOf = (names) => `(?:${names.join('|')})`;
const ANY_SLICE = anyOf(SLICES);
const FACE = '(?:index|http)\\.ts$';
/** Files of a slice that belong to its HTTP side. All files of `oidc` and `interactions` do. */
const HTTP_SIDE = `-(?:routes|views|schema|forms?)\\.ts$|^src/${ANY_SLICE}/http\\.ts$|^src/(?:oidc|interactions)/`;

/** @param {string} name an npm package  @param {string} places regular expression of the files that may import it */
const onePlace = (name, places) => ({
  name: `${name}-is-imported-in-one-place`,
  comment: `${name} is used in one place; all other files go through that place.`,
  severity: 'error',
  from: { path: '^src/', pathNot: places },
  to: { path: `node_modules/(?:@types/)?${name}/` },
});

/** @param {string} folder a folder of src  @param {readonly string[]} below the folders that it may import */
const folderRule = (folder, below) => ({
  name: `${folder}-imports-only-folders-below`,
  comment: `${folder} imports only these folders of the project: ${[folder, ...below].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^(?:src|seeds|test|bench|examples|scripts)/',
    pathNot: `^src/${anyOf([folder, ...below])}/`,
  },
});

const sliceRules = SLICES.map((slice, position) => ({
  name: `${slice}-knows-only-faces-to-its-left`,
  comment: 'A slice imports its own files and the faces of slices to its left.',
  severity: 'error',
  from: { path: `^src/${slice}/` },
  to: {
    path: `^src/${ANY_SLICE}/`,
    pathNot: [
      `^src/${slice}/`,
      ...(position === 0 ? [] : [`^src/${anyOf(SLICES.slice(0, position))}/${FACE}`]),
    ],
  },
}));

const forbidden = [
  ...sliceRules,
  folderRule('platform', []),
  folderRule('messaging', ['platform']),
  folderRule('http', ['platform']),
  folderRule('config', ['platform']),
  folderRule('dev', ['platform', 'messaging', 'http', 'config']),
  {
    name: 'slices-know-nothing-above',
    comment:
      'Slices receive values and connected services; they import neither the configuration nor the code that connects them.',
    severity: 'error',
    from: { path: `^src/${ANY_SLICE}/` },
    to: { path: '^(?:src/(?:config|server|dev|cli|main)|seeds|test|bench|examples|scripts)[/.]' },
  },
  {
    name: 'server-knows-no-commands',
    comment: 'Of src/dev the server imports only the outbox page.',
    severity: 'error',
    from: { path: '^src/server/' },
    to: {
      path: '^(?:src/(?:dev|cli|main)|seeds|test|bench|examples|scripts)[/.]',
      pathNot: '^src/dev/outbox-routes\\.ts$',
    },
  },
  {
    name: 'server-and-commands-import-only-faces',
    comment: 'The server, the commands and the seeds use slices through their faces.',
    severity: 'error',
    from: { path: '^(?:src/(?:server|cli)|seeds)/' },
    to: { path: `^src/${ANY_SLICE}/`, pathNot: `^src/${ANY_SLICE}/${FACE}` },
  },
  {
    name: 'commands-know-no-tests',
    severity: 'error',
    from: { path: '^(?:src/(?:cli/|main\\.ts)|seeds/)' },
    to: { path: '^(?:test|bench|examples|scripts)/' },
  },
  {
    name: 'no-cycles',
    comment: 'Type imports count.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'rules-know-no-http',
    comment: 'Use cases and types work the same for a page, an API and a command.',
    severity: 'error',
    from: { path: `^src/${ANY_SLICE}/`, pathNot: HTTP_SIDE },
    to: {
      path: `^src/http/|^src/${ANY_SLICE}/.*-(?:routes|views|schema|forms?)\\.ts$|^src/${ANY_SLICE}/http\\.ts$|node_modules/(?:@types/)?koa|node_modules/@koa/`,
    },
  },
  {
    name: 'domain-faces-load-no-koa',
    comment:
      'Commands and use cases load a slice without its HTTP side, indirect imports included.',
    severity: 'error',
    from: { path: `^src/${ANY_SLICE}/index\\.ts$` },
    to: { path: '^src/http/', reachable: true },
  },
  {
    name: 'consents-know-no-page',
    comment:
      'The consent page is built on the rules of consents, and the rules know nothing of it.',
    severity: 'error',
    from: {
      path: '^src/consents/',
      pathNot: '^src/consents/(?:page/|(?:create-consents|index|http)\\.ts$)',
    },
    to: { path: '^src/consents/page/' },
  },
  {
    name: 'stores-know-no-use-cases',
    comment: 'A store imports the platform and types of its slice: no face, no context, no HTTP.',
    severity: 'error',
    from: { path: `^src/${ANY_SLICE}/.*-store\\.ts$` },
    to: {
      path: '^src/http/|-(?:routes|views|schema|forms?)\\.ts$|^src/[^/]+/(?:index|http|context)\\.ts$',
    },
  },
  {
    name: 'stores-know-no-other-slice',
    severity: 'error',
    from: { path: `^src/(${ANY_SLICE})/.*-store\\.ts$` },
    to: { path: `^src/${ANY_SLICE}/`, pathNot: '^src/$1/' },
  },
  {
    name: 'pages-and-apis-know-no-stores',
    severity: 'error',
    from: { path: '^src/.*-(?:routes|views|schema|forms?)\\.ts$' },
    to: { path: '-store\\.ts$' },
  },
  {
    name: 'protocol-knows-no-stores-of-others',
    severity: 'error',
    from: { path: '^src/(oidc|interactions)/' },
    to: { path: '-store\\.ts$', pathNot: '^src/$1/' },
  },
  {
    name: 'only-the-vault-reads-stored-values',
    comment: 'Only the vault reads its tables; services.ts passes its reader of values to claims.',
    severity: 'error',
    from: { pathNot: '^src/vault/' },
    to: { path: '^src/vault/.*-store\\.ts$' },
  },
  {
    name: 'no-development-packages',
    severity: 'error',
    from: { path: '^src/' },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'not-to-unresolvable',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  onePlace('@aws-sdk/client-kms', '^src/platform/keys/'),
  onePlace('@aws-sdk/client-s3', '^src/platform/blobs/'),
  onePlace('@fastify/busboy', '^src/http/bodies/'),
  onePlace('@koa/router', '^src/http/http-app\\.ts$'),
  onePlace('@simplewebauthn/server', '^src/authentication/passkeys/webauthn\\.ts$'),
  onePlace('ajv', '^src/http/routing/'),
  onePlace('ajv-formats', '^src/http/routing/'),
  onePlace('argon2', '^src/authentication/passwords/'),
  onePlace('bcryptjs', '^src/authentication/passwords/'),
  onePlace('bowser', '^src/sessions/device-words\\.ts$'),
  onePlace('commander', '^src/cli/'),
  onePlace('csv-parse', '^src/imports/'),
  onePlace('csv-stringify', '^src/activity/'),
  onePlace('i18next', '^src/http/pages/'),
  onePlace('ioredis', '^src/platform/redis/'),
  onePlace('ipaddr.js', '^src/platform/ip-address\\.ts$'),
  onePlace('jose', '^src/platform/keys/'),
  onePlace('knex', '^src/platform/postgres/'),
  onePlace('koa', '^src/(?:http|server|oidc|interactions)/'),
  onePlace('libphonenumber-js', '^src/vault/identifiers/'),
  onePlace('mmdb-lib', '^src/platform/places/'),
  onePlace('nodemailer', '^src/messaging/'),
  onePlace('nunjucks', '^src/http/pages/'),
  // provider-metadata.ts needs the names of RFC 7591 that the library's types contain.
  onePlace('oidc-provider', '^src/(?:oidc|interactions)/|^src/clients/provider-metadata\\.ts$'),
  onePlace('openid-client', '^$'),
  onePlace('otplib', '^src/authentication/second-factors/totp\\.ts$'),
  onePlace('uqr', '^src/authentication/second-factors/qr-code\\.ts$'),
  onePlace('pg', '^src/platform/(?:postgres/|feed-line\\.ts$)'),
  onePlace('pg-boss', '^src/platform/jobs/'),
  onePlace('pino', '^src/platform/logger\\.ts$'),
  onePlace('prom-client', '^src/platform/metrics\\.ts$'),
  onePlace('rate-limiter-flexible', '^src/platform/rate-limiter\\.ts$'),
  onePlace('re2js', '^src/scopes/custom-claims/'),
  onePlace('sharp', '^src/platform/blobs/'),
  onePlace('swagger-ui-dist', '^src/http/'),
  onePlace('tldts', '^src/consents/page/risk-sign\\.ts$'),
  onePlace('yazl', '^src/exports/'),
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.(?:json|njk)$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.d.ts'],
    },
  },
};
