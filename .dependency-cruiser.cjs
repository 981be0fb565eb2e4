// Import rules of docs/architecture.md. `npm test` runs them and plants a breach of each (test/architecture.test.ts).

/** Slices from left to right. A slice imports the faces (`index.ts`, `http.ts`) of slices to its left. */
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
/** Files of a slice that belong to its HTTP side. All of `oidc` and `interactions` does. */
const HTTP_SIDE = `-(?:routes|views|schema|forms?)\\.ts$|^src/${ANY_SLICE}/http\\.ts$|^src/(?:oidc|interactions)/`;

/** @param {string} name an npm package  @param {string} places regular expression of the files that may import it */
const door = (name, places) => ({
  name: `${name}-has-one-door`,
  comment: `${name} is used in one place; all other files go through that place.`,
  severity: 'error',
  from: { path: '^src/', pathNot: places },
  to: { path: `node_modules/(?:@types/)?${name}/` },
});

/** @param {string} ring a folder of src  @param {readonly string[]} below the folders that it may import */
const ringRule = (ring, below) => ({
  name: `${ring}-knows-only-rings-below`,
  comment: `${ring} imports nothing else of the project than: ${[ring, ...below].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${ring}/` },
  to: {
    path: '^(?:src|seeds|test|bench|examples|scripts)/',
    pathNot: `^src/${anyOf([ring, ...below])}/`,
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
  ringRule('platform', []),
  ringRule('messaging', ['platform']),
  ringRule('http', ['platform']),
  ringRule('config', ['platform']),
  ringRule('dev', ['platform', 'messaging', 'http', 'config']),
  {
    name: 'slices-know-nothing-above',
    comment:
      'Slices receive values and connected services; they import neither configuration nor wiring.',
    severity: 'error',
    from: { path: `^src/${ANY_SLICE}/` },
    to: { path: '^(?:src/(?:config|server|dev|cli|main)|seeds|test|bench|examples|scripts)[/.]' },
  },
  {
    name: 'server-knows-no-commands',
    comment: 'Of src/dev the server has only the outbox page.',
    severity: 'error',
    from: { path: '^src/server/' },
    to: {
      path: '^(?:src/(?:dev|cli|main)|seeds|test|bench|examples|scripts)[/.]',
      pathNot: '^src/dev/outbox-routes\\.ts$',
    },
  },
  {
    name: 'what-connects-knows-only-faces',
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
    comment: 'Use cases and nouns work the same behind a page, an API and a command.',
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
    from: { path: `^src/${ANY_SLICE}/index\\.ts$`, pathNot: '^src/(?:oidc|interactions)/' },
    to: { path: '^src/http/', reachable: true },
  },
  {
    name: 'stores-know-no-use-cases',
    comment:
      'A store imports the platform and nouns of its slice: no face, no context, nothing of HTTP.',
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
    name: 'one-door-for-personal-values',
    comment:
      'Only the vault reads stored values; services.ts passes the store of values to claims.',
    severity: 'error',
    from: { pathNot: '^src/vault/|^src/server/services\\.ts$|^test/vault/' },
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
  door('@aws-sdk/client-kms', '^src/platform/keys/'),
  door('@aws-sdk/client-s3', '^src/platform/blobs/'),
  door('@fastify/busboy', '^src/http/bodies/'),
  door('@koa/router', '^src/http/http-app\\.ts$'),
  door('@zxcvbn-ts/language-common', '^src/authentication/passwords/'),
  door('ajv', '^src/http/routing/'),
  door('ajv-formats', '^src/http/routing/'),
  door('argon2', '^src/authentication/passwords/'),
  door('bcryptjs', '^src/authentication/passwords/'),
  door('commander', '^src/cli/'),
  door('csv-parse', '^src/imports/'),
  door('csv-stringify', '^src/activity/'),
  door('i18next', '^src/http/pages/'),
  door('ioredis', '^src/platform/redis/'),
  door('ipaddr.js', '^src/platform/ip-address\\.ts$'),
  door('jose', '^src/platform/keys/'),
  door('knex', '^src/platform/postgres/'),
  door('koa', '^src/(?:http|server|oidc|interactions)/'),
  door('libphonenumber-js', '^src/vault/identifiers/'),
  door('nodemailer', '^src/messaging/'),
  door('nunjucks', '^src/http/pages/'),
  // provider-metadata.ts needs the names of RFC 7591 that the library's types hold.
  door('oidc-provider', '^src/(?:oidc|interactions)/|^src/clients/provider-metadata\\.ts$'),
  door('openid-client', '^$'),
  door('otplib', '^$'),
  // The embedded server checks with a client of its own that it accepts connections.
  door('pg', '^src/platform/(?:postgres/|feed-line\\.ts$)|^src/dev/embedded-postgres\\.ts$'),
  door('pg-boss', '^src/platform/jobs/'),
  door('pino', '^src/platform/logger\\.ts$'),
  door('prom-client', '^src/platform/metrics\\.ts$'),
  door('rate-limiter-flexible', '^src/platform/rate-limiter\\.ts$'),
  door('re2js', '^src/vault/claim-catalogue/'),
  door('sharp', '^src/platform/blobs/'),
  door('swagger-ui-dist', '^src/http/'),
  door('yazl', '^src/exports/'),
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
