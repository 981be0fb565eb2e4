import type { Client } from '../client.ts';
import { singleQuoted as quote } from './quote.ts';
import {
  isSecure,
  loginPath,
  proxyNotes,
  type SampleBlock,
  type SampleInput,
  type SampleNote,
  type Stack,
} from './sample.ts';

const LIBRARY = 'openid-client@6';

/** Node.js: a web app on Express, a program for one person that listens on the loopback interface, or a service. */
export const openidClient: Stack = {
  title: 'Node.js',
  library: 'openid-client 6',
  types: ['web', 'native', 'machine'],
  fits: ({ applicationType, redirectUris }) =>
    applicationType !== 'native' || redirectUris[0]?.startsWith('http:') === true,
  blocks: (input) => {
    switch (input.client.applicationType) {
      case 'native':
        return blocksOf(input, { file: 'sign-in.mjs', packages: [], lines: nativeLines(input) });
      case 'machine':
        return blocksOf(input, { file: 'service.mjs', packages: [], lines: serviceLines(input) });
      case 'web':
      case 'single_page': {
        const packages = ['express@5', 'express-session@1'];
        return blocksOf(input, { file: 'server.mjs', packages, lines: webLines(input) });
      }
    }
  },
  notes: notesOf,
};

function notesOf(input: SampleInput): readonly SampleNote[] {
  const { client, api } = input;
  const isMissingValues =
    api !== null && client.applicationType !== 'machine' && !client.claimsInIdToken;
  return [
    ...(client.tokenEndpointAuthMethod === 'private_key_jwt'
      ? [{ id: 'private_jwk', values: {} } as const]
      : []),
    ...(client.applicationType === 'web' ? proxyNotes(input) : []),
    ...(isMissingValues
      ? [{ id: 'api_values', values: { api: api.resource }, page: 'settings' } as const]
      : []),
  ];
}

interface Program {
  readonly file: string;
  /** Packages beside the library. */
  readonly packages: readonly string[];
  readonly lines: readonly string[];
}

function blocksOf({ client }: SampleInput, { file, packages, lines }: Program): SampleBlock[] {
  const sessionKey =
    client.applicationType === 'web' ? 'SESSION_SECRET=$(openssl rand -hex 32) ' : '';
  return [
    { step: 'install', code: ['npm install', LIBRARY, ...packages].join(' ') },
    { file, code: lines.join('\n') },
    { step: 'start', code: `${sessionKey}node ${file}` },
  ];
}

function discoveryLines({ client, issuer }: SampleInput): string[] {
  const options = isSecure(issuer)
    ? []
    : [`  { execute: [oidc.allowInsecureRequests] }, // http is for development only`];
  return [
    ...keyLines(client),
    `const config = await oidc.discovery(`,
    `  new URL(${quote(issuer)}),`,
    `  ${quote(client.id)},`,
    `  undefined,`,
    `  ${authentication(client)},`,
    ...options,
    `);`,
  ];
}

function authentication(client: Client): string {
  switch (client.tokenEndpointAuthMethod) {
    case 'client_secret':
    case 'client_secret_basic':
      return 'oidc.ClientSecretBasic(process.env.CLIENT_SECRET)';
    case 'client_secret_post':
      return 'oidc.ClientSecretPost(process.env.CLIENT_SECRET)';
    case 'private_key_jwt':
      return 'oidc.PrivateKeyJwt(privateKey)';
    case 'none':
      return 'oidc.None()';
  }
}

/** The private half of the registered key, as a JSON Web Key in an environment variable. */
function keyLines({ tokenEndpointAuthMethod, jwks }: Client): string[] {
  if (tokenEndpointAuthMethod !== 'private_key_jwt') return [];
  const { kty, crv } = jwks?.keys[0] ?? {};
  const algorithm =
    kty === 'RSA'
      ? `{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }`
      : kty === 'OKP'
        ? `'Ed25519'`
        : `{ name: 'ECDSA', namedCurve: ${quote(String(crv))} }`;
  return [
    `const jwk = JSON.parse(process.env.PRIVATE_JWK);`,
    `const privateKey = await crypto.subtle.importKey('jwk', jwk, ${algorithm}, false, ['sign']);`,
  ];
}

/** The authorization request. `redirectUri` is an expression. */
function requestLines({ scope, api }: SampleInput, redirectUri: string): string[] {
  return [
    `const url = oidc.buildAuthorizationUrl(config, {`,
    `  redirect_uri: ${redirectUri},`,
    `  scope: ${quote([scope, api?.scope ?? ''].join(' ').trim())},`,
    ...(api === null ? [] : [`  resource: ${quote(api.resource)},`]),
    `  code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),`,
    `  code_challenge_method: 'S256',`,
    `  state,`,
    `});`,
  ];
}

/** Redeems the code and reads the values into `person`. */
function exchangeLines({ api }: SampleInput, currentUrl: string): string[] {
  return [
    `const tokens = await oidc.authorizationCodeGrant(config, ${currentUrl}, {`,
    `  pkceCodeVerifier: codeVerifier,`,
    `  expectedState: state,`,
    `  idTokenExpected: true,`,
    api === null ? `});` : `}, { resource: ${quote(api.resource)} });`,
    `// Every value may be missing: people decide one by one, and can change their mind.`,
    ...(api === null
      ? [
          `const { sub } = tokens.claims();`,
          `const person = await oidc.fetchUserInfo(config, tokens.access_token, sub);`,
        ]
      : [
          `// The access token is for ${api.resource}: the values are in the ID token.`,
          `const person = tokens.claims();`,
        ]),
  ];
}

function webLines(input: SampleInput): string[] {
  const { redirectUri, port } = input;
  const { origin, pathname } = new URL(redirectUri);
  return [
    `import express from 'express';`,
    `import session from 'express-session';`,
    `import * as oidc from 'openid-client';`,
    ``,
    ...discoveryLines(input),
    ``,
    `const app = express();`,
    ...(isSecure(redirectUri) ? [`app.set('trust proxy', 1);`] : []),
    `app.use(`,
    `  session({`,
    `    secret: process.env.SESSION_SECRET,`,
    `    cookie: { sameSite: 'lax', secure: 'auto' },`,
    `    resave: false,`,
    `    saveUninitialized: false,`,
    `  }),`,
    `);`,
    ``,
    `app.get(${quote(loginPath(redirectUri))}, async (request, response) => {`,
    ...indented(attemptLines()),
    `  request.session.signIn = { codeVerifier, state };`,
    ...indented(requestLines(input, quote(redirectUri))),
    `  response.redirect(url.href);`,
    `});`,
    ``,
    `app.get(${quote(pathname)}, async (request, response) => {`,
    `  const { codeVerifier, state } = request.session.signIn ?? {};`,
    `  const currentUrl = new URL(request.originalUrl, ${quote(origin)});`,
    ...indented(exchangeLines(input, 'currentUrl')),
    `  request.session.regenerate(() => {`,
    `    request.session.person = person;`,
    `    response.redirect('/user');`,
    `  });`,
    `});`,
    ``,
    `app.get('/user', (request, response) => {`,
    `  response.json(request.session.person ?? null);`,
    `});`,
    ``,
    `app.listen(${port});`,
  ];
}

function nativeLines(input: SampleInput): string[] {
  const { protocol, hostname, pathname } = new URL(input.redirectUri);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return [
    `import { once } from 'node:events';`,
    `import { createServer } from 'node:http';`,
    `import * as oidc from 'openid-client';`,
    ``,
    ...discoveryLines(input),
    ``,
    `// The loopback address is registered without a port: the system chooses one.`,
    `const server = createServer().listen(0, ${quote(host)});`,
    `await once(server, 'listening');`,
    `const origin = ${quote(`${protocol}//${hostname}:`)} + server.address().port;`,
    ``,
    ...attemptLines(),
    ...requestLines(input, `origin + ${quote(pathname)}`),
    `console.log('Open this address in your browser:\\n' + url.href);`,
    ``,
    `const [request, response] = await once(server, 'request');`,
    ...exchangeLines(input, 'new URL(request.url, origin)'),
    `response.setHeader('connection', 'close').end('You can close this window.');`,
    `server.close();`,
    `console.log(JSON.stringify(person));`,
  ];
}

function serviceLines(input: SampleInput): string[] {
  const { api } = input;
  const parameters =
    api === null ? '' : `\n  scope: ${quote(api.scope)},\n  resource: ${quote(api.resource)},\n`;
  return [
    `import * as oidc from 'openid-client';`,
    ``,
    ...discoveryLines(input),
    ``,
    `const tokens = await oidc.clientCredentialsGrant(config, {${parameters}});`,
    `// Send tokens.access_token to the API until it expires.`,
    `console.log('Access token for', tokens.expires_in, 'seconds');`,
  ];
}

function attemptLines(): string[] {
  return [
    `const codeVerifier = oidc.randomPKCECodeVerifier();`,
    `const state = oidc.randomState();`,
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? line : `  ${line}`));
}
