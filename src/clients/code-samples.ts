import type { Client } from './client.ts';

/** Code to copy. `id` names its heading among the words of the pages. */
export interface CodeSample {
  readonly id: 'install' | 'sign_in' | 'callback' | 'service' | 'curl_exchange' | 'curl_service';
  readonly code: string;
}

/**
 * Code for one app with its real address, id and permissions; the secret stays in an environment variable, where it belongs.
 * `issuer` is our own origin.
 */
export function codeSamples(client: Client, issuer: string): readonly CodeSample[] {
  const install: CodeSample = { id: 'install', code: 'npm install openid-client@6' };
  if (client.applicationType === 'machine') {
    return [
      install,
      { id: 'service', code: serviceCode(client, issuer) },
      { id: 'curl_service', code: curlService(client, issuer) },
    ];
  }
  return [
    install,
    { id: 'sign_in', code: signInCode(client, issuer) },
    { id: 'callback', code: callbackCode(client) },
    { id: 'curl_exchange', code: curlExchange(client, issuer) },
  ];
}

function discoveryCode(client: Client, issuer: string): string {
  const options = issuer.startsWith('http:')
    ? `,\n  { execute: [oidc.allowInsecureRequests] }, // http is for development only`
    : '';
  return [
    `import * as oidc from 'openid-client';`,
    ``,
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
    case 'client_secret_basic':
      return 'oidc.ClientSecretBasic(process.env.CLIENT_SECRET)';
    case 'client_secret_post':
      return 'oidc.ClientSecretPost(process.env.CLIENT_SECRET)';
    case 'private_key_jwt':
      return 'oidc.PrivateKeyJwt(yourPrivateKey) // a CryptoKey whose public half is registered here';
    case 'none':
      return 'oidc.None()';
  }
}

function signInCode(client: Client, issuer: string): string {
  const lines = [
    discoveryCode(client, issuer),
    ``,
    `// Keep both values with the person's session until they come back.`,
    `const codeVerifier = oidc.randomPKCECodeVerifier();`,
    `const state = oidc.randomState();`,
    ``,
    `const signInUrl = oidc.buildAuthorizationUrl(config, {`,
    `  redirect_uri: ${quote(client.redirectUris[0] ?? '')},`,
    `  scope: ${quote(client.scopes.join(' '))},`,
    ...(client.scopes.includes('offline_access')
      ? [`  prompt: 'consent', // needed for offline_access`]
      : []),
    `  code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),`,
    `  code_challenge_method: 'S256',`,
    `  state,`,
    `});`,
    `// Send the person to signInUrl.`,
  ];
  return lines.join('\n');
}

function callbackCode(client: Client): string {
  return [
    `// currentUrl: the full address the person came back to, at ${client.redirectUris[0] ?? ''}`,
    `const tokens = await oidc.authorizationCodeGrant(config, currentUrl, {`,
    `  pkceCodeVerifier: codeVerifier,`,
    `  expectedState: state,`,
    `});`,
    `const person = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);`,
    `// Every value may be missing: people decide one by one, and can change their mind.`,
  ].join('\n');
}

function serviceCode(client: Client, issuer: string): string {
  return [
    discoveryCode(client, issuer),
    ``,
    `const tokens = await oidc.clientCredentialsGrant(config, {${parameters(client)}});`,
    `// Send tokens.access_token to the API until tokens.expires_in seconds have passed.`,
  ].join('\n');
}

function parameters(client: Client): string {
  return client.scopes.length === 0
    ? ''
    : ` scope: ${quote(client.scopes.join(' '))}, resource: 'https://the-api.example/' `;
}

function curlService(client: Client, issuer: string): string {
  return [
    `curl ${issuer}/token \\`,
    ...curlAuthentication(client),
    ...(client.scopes.length === 0
      ? []
      : [
          `  --data-urlencode 'scope=${client.scopes.join(' ')}' \\`,
          `  --data-urlencode 'resource=https://the-api.example/' \\`,
        ]),
    `  -d grant_type=client_credentials`,
  ].join('\n');
}

function curlExchange(client: Client, issuer: string): string {
  return [
    `curl ${issuer}/token \\`,
    ...curlAuthentication(client),
    `  -d grant_type=authorization_code \\`,
    `  --data-urlencode "code=$CODE" \\`,
    `  --data-urlencode "code_verifier=$CODE_VERIFIER" \\`,
    `  --data-urlencode 'redirect_uri=${client.redirectUris[0] ?? ''}'`,
    ``,
    `curl ${issuer}/userinfo -H "Authorization: Bearer $ACCESS_TOKEN"`,
  ].join('\n');
}

function curlAuthentication(client: Client): string[] {
  switch (client.tokenEndpointAuthMethod) {
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
