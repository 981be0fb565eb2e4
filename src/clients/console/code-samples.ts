import type { Catalogue } from '../../scopes/index.ts';
import type { Client } from '../client.ts';

/** Code to copy. `id` names its heading among the words of the pages. */
export interface CodeSample {
  readonly id: 'install' | 'sign_in' | 'callback' | 'service' | 'curl_exchange' | 'curl_service';
  readonly code: string;
}

/** The server at which the app signs in, with its catalogue. */
interface SampleSurroundings {
  /** Our own origin. */
  readonly issuer: string;
  readonly catalogue: Pick<Catalogue, 'apiScopes'>;
}

/** The scopes of one request of the app: those of this server, and of one API at most (RFC 8707). */
interface SampleRequest {
  readonly scope: string;
  readonly resource: string | null;
}

/** Code for one app with its real address, id and permissions; secrets are read from environment variables. */
export function codeSamples(
  client: Client,
  { issuer, catalogue }: SampleSurroundings,
): readonly CodeSample[] {
  const request = requestOf(client, catalogue);
  const install: CodeSample = { id: 'install', code: 'npm install openid-client@6' };
  if (client.applicationType === 'machine') {
    return [
      install,
      { id: 'service', code: serviceCode(client, issuer, request) },
      { id: 'curl_service', code: curlService(client, issuer, request) },
    ];
  }
  return [
    install,
    { id: 'sign_in', code: signInCode(client, issuer, request) },
    { id: 'callback', code: callbackCode(client, request) },
    { id: 'curl_exchange', code: curlExchange(client, issuer, request) },
  ];
}

function requestOf(client: Client, { apiScopes }: Pick<Catalogue, 'apiScopes'>): SampleRequest {
  const ofApis = apiScopes.filter(
    ({ name, resource }) => resource !== null && client.scopes.includes(name),
  );
  const resource = ofApis[0]?.resource ?? null;
  const ofOthers = new Set(
    ofApis.filter((scope) => scope.resource !== resource).map(({ name }) => name),
  );
  return { scope: client.scopes.filter((name) => !ofOthers.has(name)).join(' '), resource };
}

/** A native app chooses its port; the registered address contains none (RFC 8252 §7.3). */
function redirectUriOf(client: Client): string {
  const uri = client.redirectUris[0] ?? '';
  return client.applicationType === 'native'
    ? uri.replace(/^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?=\/|$)/, '$1:8765')
    : uri;
}

function discoveryCode(client: Client, issuer: string): string {
  const options = issuer.startsWith('http:')
    ? `,\n  { execute: [oidc.allowInsecureRequests] }, // http is for development only`
    : '';
  return [
    `import * as oidc from 'openid-client';`,
    ``,
    ...keyCode(client),
    `const config = await oidc.discovery(`,
    `  new URL(${quote(issuer)}),`,
    `  ${quote(client.id)},`,
    `  undefined,`,
    `  ${authenticationCode(client)}${options}`,
    `);`,
  ].join('\n');
}

function authenticationCode(client: Client): string {
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
function keyCode({ tokenEndpointAuthMethod, jwks }: Client): string[] {
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
    ``,
  ];
}

function signInCode(client: Client, issuer: string, { scope, resource }: SampleRequest): string {
  const lines = [
    discoveryCode(client, issuer),
    ``,
    `// Keep both values with the person's session until they come back.`,
    `const codeVerifier = oidc.randomPKCECodeVerifier();`,
    `const state = oidc.randomState();`,
    ``,
    `const signInUrl = oidc.buildAuthorizationUrl(config, {`,
    `  redirect_uri: ${quote(redirectUriOf(client))},`,
    `  scope: ${quote(scope)},`,
    ...(resource === null ? [] : [`  resource: ${quote(resource)},`]),
    `  code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),`,
    `  code_challenge_method: 'S256',`,
    `  state,`,
    `});`,
    `// Send the person to signInUrl.`,
  ];
  return lines.join('\n');
}

function callbackCode(client: Client, { resource }: SampleRequest): string {
  const end = resource === null ? '});' : `}, { resource: ${quote(resource)} });`;
  return [
    `// currentUrl: the full address the person came back to, at ${redirectUriOf(client)}`,
    `const tokens = await oidc.authorizationCodeGrant(config, currentUrl, {`,
    `  pkceCodeVerifier: codeVerifier,`,
    `  expectedState: state,`,
    end,
    ...(resource === null
      ? [
          `const person = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);`,
        ]
      : [
          `// tokens.access_token is for ${resource}; the values are in the ID token.`,
          `const person = tokens.claims();`,
        ]),
    `// Every value may be missing: people decide one by one, and can change their mind.`,
  ].join('\n');
}

function serviceCode(client: Client, issuer: string, request: SampleRequest): string {
  return [
    discoveryCode(client, issuer),
    ``,
    `const tokens = await oidc.clientCredentialsGrant(config, {${parameters(request)}});`,
    `// Send tokens.access_token to the API until tokens.expires_in seconds have passed.`,
  ].join('\n');
}

function parameters({ scope, resource }: SampleRequest): string {
  return resource === null ? '' : ` scope: ${quote(scope)}, resource: ${quote(resource)} `;
}

function curlService(client: Client, issuer: string, { scope, resource }: SampleRequest): string {
  return [
    `curl ${issuer}/token \\`,
    ...curlAuthentication(client),
    ...(resource === null
      ? []
      : [`  --data-urlencode 'scope=${scope}' \\`, `  --data-urlencode 'resource=${resource}' \\`]),
    `  -d grant_type=client_credentials`,
  ].join('\n');
}

function curlExchange(client: Client, issuer: string, { resource }: SampleRequest): string {
  return [
    `curl ${issuer}/token \\`,
    ...curlAuthentication(client),
    `  -d grant_type=authorization_code \\`,
    `  --data-urlencode "code=$CODE" \\`,
    `  --data-urlencode "code_verifier=$CODE_VERIFIER" \\`,
    `  --data-urlencode 'redirect_uri=${redirectUriOf(client)}'`,
    // The access token is for UserInfo, or for the API.
    ...(resource === null
      ? [``, `curl ${issuer}/userinfo -H "Authorization: Bearer $ACCESS_TOKEN"`]
      : []),
  ].join('\n');
}

function curlAuthentication(client: Client): string[] {
  switch (client.tokenEndpointAuthMethod) {
    case 'client_secret':
    case 'client_secret_basic':
      return [`  -u "${client.id}:$CLIENT_SECRET" \\`];
    case 'client_secret_post':
      return [
        `  -d client_id=${client.id} \\`,
        `  --data-urlencode "client_secret=$CLIENT_SECRET" \\`,
      ];
    case 'private_key_jwt':
      return [
        `  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\`,
        `  --data-urlencode "client_assertion=$SIGNED_JWT" \\`,
      ];
    case 'none':
      return [`  -d client_id=${client.id} \\`];
  }
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
