import type { Client } from '../client.ts';
import { doubleQuoted, shellQuoted as quote } from './quote.ts';
import { type SampleInput, type SampleNote, type Stack } from './sample.ts';

const LOOPBACK_WITHOUT_PORT = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?=\/|$)/;

/** The requests by hand, to understand or to test them. */
export const curl: Stack = {
  title: 'curl',
  library: 'OpenSSL',
  types: ['web', 'single_page', 'native', 'machine'],
  blocks: (input) =>
    input.client.applicationType === 'machine'
      ? [{ step: 'get_token', code: tokenLines(input).join('\n') }]
      : [
          { step: 'sign_in', code: signInLines(input).join('\n') },
          { step: 'exchange', code: exchangeLines(input).join('\n') },
          // The access token is for UserInfo, or for the API.
          ...(input.api === null ? ([{ step: 'user_info', code: userInfo(input) }] as const) : []),
        ],
  notes: notesOf,
};

function notesOf({ client, api }: SampleInput): SampleNote[] {
  const isMissingValues =
    api !== null && client.applicationType !== 'machine' && !client.claimsInIdToken;
  return [
    ...(client.tokenEndpointAuthMethod === 'private_key_jwt'
      ? [{ id: 'signed_jwt', values: {} } as const]
      : []),
    ...(isMissingValues
      ? [{ id: 'api_values', values: { api: api.resource }, page: 'settings' } as const]
      : []),
  ];
}

/** A native app chooses its port; the registered address contains none (RFC 8252 §7.3). */
function redirectUriOf({ client, redirectUri }: SampleInput): string {
  return client.applicationType === 'native'
    ? redirectUri.replace(LOOPBACK_WITHOUT_PORT, '$1:8765')
    : redirectUri;
}

function signInLines(input: SampleInput): string[] {
  const { client, issuer, scope, api } = input;
  const parameters = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUriOf(input),
    scope: [scope, api?.scope ?? ''].join(' ').trim(),
    ...(api !== null && { resource: api.resource }),
    code_challenge_method: 'S256',
  });
  const address = `${issuer}/auth?${parameters.toString()}`;
  return [
    `STATE=$(openssl rand -hex 16)`,
    `CODE_VERIFIER=$(openssl rand -hex 32)`,
    `CODE_CHALLENGE=$(printf %s "$CODE_VERIFIER" | openssl dgst -sha256 -binary |`,
    `  openssl base64 -A | tr '+/' '-_' | tr -d '=')`,
    `echo ${quote(address)}"&state=$STATE&code_challenge=$CODE_CHALLENGE"`,
  ];
}

function exchangeLines(input: SampleInput): string[] {
  const { client, issuer } = input;
  return [
    `curl ${issuer}/token \\`,
    ...authentication(client),
    `  -d grant_type=authorization_code \\`,
    `  --data-urlencode "code=$CODE" \\`,
    `  --data-urlencode "code_verifier=$CODE_VERIFIER" \\`,
    `  --data-urlencode ${quote(`redirect_uri=${redirectUriOf(input)}`)}`,
  ];
}

function userInfo({ issuer }: SampleInput): string {
  return `curl ${issuer}/userinfo -H "Authorization: Bearer $ACCESS_TOKEN"`;
}

function tokenLines({ client, issuer, api }: SampleInput): string[] {
  return [
    `curl ${issuer}/token \\`,
    ...authentication(client),
    ...(api === null
      ? []
      : [
          `  --data-urlencode ${quote(`scope=${api.scope}`)} \\`,
          `  --data-urlencode ${quote(`resource=${api.resource}`)} \\`,
        ]),
    `  -d grant_type=client_credentials`,
  ];
}

function authentication(client: Client): string[] {
  switch (client.tokenEndpointAuthMethod) {
    case 'client_secret':
    case 'client_secret_basic':
      return [`  -u ${doubleQuoted(`${client.id}:$CLIENT_SECRET`)} \\`];
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
