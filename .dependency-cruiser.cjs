// Import rules of docs/architecture.md. `npm test` runs them (test/architecture.test.ts).

/** Slices from left to right: a slice may know the face (`index.ts`) of those before it, and nothing of those after. */
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
  'consents',
  'claims',
  'exports',
  'deletions',
  'oidc',
  'interactions',
];

const anyOf = (names) => `(?:${names.join('|')})`;
const ANY_SLICE = anyOf(SLICES);
/** Files that speak HTTP. `oidc` and `interactions` are made of HTTP. */
const SPEAKS_HTTP = `-(?:routes|views|schema)\\.ts$|^src/(?:oidc|interactions)/`;
/** Only these connect things and may reach into slices. */
const ROOT = '^src/[^/]+\\.ts$|^src/cli/';

/** @param {string} name an npm package  @param {string} folders regular expression of where it may be used */
const door = (name, folders) => ({
  name: `${name}-has-one-door`,
  comment: `${name} is used in one place; everything else goes through that.`,
  severity: 'error',
  from: { path: '^src/', pathNot: folders },
  to: { path: `node_modules/(?:@types/)?${name}/` },
});

const sliceRules = SLICES.map((slice, position) => ({
  name: `${slice}-knows-only-faces-to-its-left`,
  comment: 'A slice imports its own files and the index.ts of slices to its left.',
  severity: 'error',
  from: { path: `^src/${slice}/` },
  to: {
    path: `^src/${ANY_SLICE}/`,
    pathNot: [
      `^src/${slice}/`,
      ...(position === 0 ? [] : [`^src/${anyOf(SLICES.slice(0, position))}/index\\.ts$`]),
      // The one door for personal values reads them where they are stored.
      ...(slice === 'claims' ? ['^src/vault/attribute-store\\.ts$'] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...sliceRules,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      // A type imported back and forth is gone at run time.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'platform-knows-no-product',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^(?:src|seeds|test|examples)/', pathNot: '^src/platform/' },
    },
    {
      name: 'http-knows-no-slices',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^(?:src|seeds|test|examples)/', pathNot: '^src/(?:http|platform)/' },
    },
    {
      name: 'nothing-imports-what-connects',
      comment: 'Configuration and connected parts are passed in.',
      severity: 'error',
      from: { path: `^src/(?:platform|http|${ANY_SLICE})/` },
      to: { path: ROOT },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^(?:seeds|test|bench|examples|scripts)/' },
    },
    {
      name: 'stores-know-only-platform',
      severity: 'error',
      from: { path: `^src/${ANY_SLICE}/.*-store\\.ts$` },
      to: { path: `^src/(?:http/|.*-(?:routes|views|schema)\\.ts$)` },
    },
    {
      name: 'stores-know-no-other-slice',
      severity: 'error',
      from: { path: `^src/(${ANY_SLICE})/.*-store\\.ts$` },
      to: { path: `^src/${ANY_SLICE}/`, pathNot: '^src/$1/' },
    },
    {
      name: 'rules-know-no-http',
      comment: 'Use cases and nouns work the same behind a page, an API and a command.',
      severity: 'error',
      from: { path: `^src/${ANY_SLICE}/`, pathNot: [SPEAKS_HTTP] },
      to: { path: '^src/http/|node_modules/(?:@types/)?koa|node_modules/@koa/' },
    },
    {
      name: 'pages-and-apis-know-no-stores',
      severity: 'error',
      from: { path: '^src/.*-(?:routes|views|schema)\\.ts$' },
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
        'Only the vault and release-claims read stored values; services.ts hands the store to claims.',
      severity: 'error',
      from: { pathNot: '^src/(?:vault|claims)/|^src/(?:app|services)\\.ts$|^test/vault/' },
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
    door('argon2', '^src/authentication/'),
    door('bcryptjs', '^src/authentication/'),
    door('commander', '^src/cli/'),
    door('csv-parse', '^src/imports/'),
    door('yazl', '^src/exports/'),
    door('nunjucks', '^src/http/'),
    door('ajv', '^src/http/'),
    door('ajv-formats', '^src/http/'),
    door('knex', '^src/platform/'),
    door('pg', '^src/(?:platform|cli)/'),
    door('ioredis', '^src/platform/'),
    door('ipaddr.js', '^src/platform/'),
    door('nodemailer', '^src/platform/'),
    door('pino', '^src/platform/'),
    door('i18next', '^src/http/'),
    door('rate-limiter-flexible', '^src/(?:platform|http)/'),
    // provider-metadata.ts needs the names of RFC 7591 that the library's types hold.
    door('oidc-provider', '^src/(?:oidc|interactions)/|^src/clients/provider-metadata\\.ts$'),
    door('openid-client', '^$'),
    door('sharp', '^src/platform/'),
    door('@fastify/busboy', '^src/http/'),
    door('@aws-sdk/client-s3', '^src/platform/'),
  ],
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
