/**
 * The reference: oidc-provider alone with its own memory store, in a separate process. Its interactions are plain
 * forms, so a sign-in has only the requests that every server needs.
 *
 * Settings come from the environment: PORT, SIGNING_ALGORITHM, CLIENT_ID, MACHINE_ID,
 * CLIENT_SECRET, REDIRECT_URI. Prints `ready` when it listens.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider, type Configuration } from 'oidc-provider';

import { answerInteraction } from './bare-interactions.ts';
import { libraryMemoryStore } from './library-memory-store.ts';

const storeEntries = 500_000;

const port = Number(process.env['PORT']);
const signingAlgorithm = process.env['SIGNING_ALGORITHM'] === 'RS256' ? 'RS256' : 'ES256';

const provider = new Provider(`http://127.0.0.1:${String(port)}`, {
  adapter: await libraryMemoryStore(storeEntries),
  jwks: { keys: [privateKey('ec'), privateKey('rsa')] },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  clients: [
    {
      client_id: setting('CLIENT_ID'),
      client_secret: setting('CLIENT_SECRET'),
      redirect_uris: [setting('REDIRECT_URI')],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: signingAlgorithm,
    },
    {
      client_id: setting('MACHINE_ID'),
      client_secret: setting('CLIENT_SECRET'),
      redirect_uris: [],
      grant_types: ['client_credentials'],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  claims: { email: ['email', 'email_verified'], profile: ['name', 'birthdate'], openid: ['sub'] },
  scopes: ['openid', 'offline_access'],
  enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    claimsParameter: { enabled: true },
  },
  ttl: {
    AccessToken: 900,
    AuthorizationCode: 60,
    ClientCredentials: 900,
    Grant: 1_209_600,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 1_209_600,
    Session: 1_209_600,
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, accountId) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      name: 'Ana Bench',
      birthdate: '1990-01-31',
      email: accountId,
      email_verified: true,
    }),
  }),
} satisfies Configuration);

// Node writes its profile only when the process ends normally.
process.once('SIGTERM', () => process.exit(0));

const answerProtocol = provider.callback();
createServer((request, response) => {
  if (request.url?.startsWith('/interaction/') === true) {
    void answerInteraction(provider, request, response);
    return;
  }
  void answerProtocol(request, response);
}).listen(port, '127.0.0.1', () => {
  process.stdout.write('ready\n');
});

function privateKey(kind: 'ec' | 'rsa') {
  const { privateKey: key } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const alg = kind === 'ec' ? 'ES256' : 'RS256';
  return { ...key.export({ format: 'jwk' }), use: 'sig', alg, kid: kind };
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is missing`);
  return value;
}
