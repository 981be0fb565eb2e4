import type { Client } from '../client.ts';
import {
  isSecure,
  keyNotes,
  proxyNotes,
  type SampleInput,
  signInNotes,
  type Stack,
  usesSecret,
  valueNotes,
} from './sample.ts';

/** Node.js: a web app on Express, a program for one person that listens on the loopback interface, or a service. */
const openidClient: Stack = {
  title: 'Node.js',
  library: 'openid-client 6',
  types: ['web', 'native', 'machine'],
  fits: ({ applicationType, redirectUris }) =>
    applicationType !== 'native' || redirectUris[0]?.startsWith('http:') === true,
  blocks: ({ client: { applicationType } }) => {
    const isWeb = applicationType === 'web';
    const other = applicationType === 'native' ? 'sign-in.mjs' : 'service.mjs';
    const file = isWeb ? 'server.mjs' : other;
    const packages = `openid-client@6${isWeb ? ' express@5 express-session@1' : ''}`;
    const sessionKey = isWeb ? 'SESSION_SECRET=$(openssl rand -hex 32) ' : '';
    return [
      { step: 'install', code: `npm install ${packages}` },
      { file, template: `openid-client/${file}` },
      { step: 'start', code: `${sessionKey}node ${file}` },
    ];
  },
  notes: (input) => [
    ...keyNotes(input, 'private_jwk'),
    ...(input.client.applicationType === 'web' ? proxyNotes(input) : []),
    ...valueNotes(input),
  ],
};

/** A web app on Express. Its middleware adds the pages /login and /logout. */
const expressOpenidConnect: Stack = {
  title: 'Express',
  library: 'express-openid-connect 3',
  types: ['web'],
  fits: usesSecret,
  blocks: () => [
    { step: 'install', code: 'npm install express-openid-connect@3 express@5' },
    { file: 'server.mjs', template: 'express-openid-connect/server.mjs' },
    { step: 'start', code: 'SESSION_SECRET=$(openssl rand -hex 32) node server.mjs' },
  ],
  notes: signInNotes,
};

const NEXT_AUTH_CALLBACK = /^\/api\/auth\/callback\/([\w-]+)$/;

/** A web app on Next.js. The library fixes the path of the redirect address. */
const nextAuth: Stack = {
  title: 'Next.js',
  library: 'NextAuth.js 4',
  types: ['web'],
  fits: usesSecret,
  blocks: (input) => {
    const { origin, pathname } = nextAuthAddress(input);
    const provider = NEXT_AUTH_CALLBACK.exec(pathname)?.[1] ?? '';
    const start = `npx next dev --port ${input.port}`;
    return [
      { step: 'install', code: 'npm install next@16 react@19 react-dom@19 next-auth@4' },
      { file: 'auth.js', template: 'next-auth/auth.js', values: { provider } },
      { file: 'app/api/auth/[...nextauth]/route.js', template: 'next-auth/nextauth-route.js' },
      { file: 'app/user/route.js', template: 'next-auth/user-route.js' },
      { file: '.env.local', code: `NEXTAUTH_URL=${JSON.stringify(origin)}` },
      { step: 'start', code: `NEXTAUTH_SECRET=$(openssl rand -hex 32) ${start}` },
    ];
  },
  notes: (input) => {
    const { href } = nextAuthAddress(input);
    return [
      ...(input.client.redirectUris.includes(href)
        ? []
        : [{ id: 'redirect_uri', values: { address: href }, page: 'settings' } as const]),
      ...signInNotes(input),
    ];
  },
};

/** The registered address of the form that the library expects, or the one to register. */
function nextAuthAddress({ client, redirectUri }: SampleInput): URL {
  const registered = client.redirectUris
    .map((uri) => new URL(uri))
    .find(({ pathname, search }) => NEXT_AUTH_CALLBACK.test(pathname) && search === '');
  return registered ?? new URL('/api/auth/callback/consentry', redirectUri);
}

/** A web app in Java. Spring Security sends PKCE and reads UserInfo by itself. */
const springBoot: Stack = {
  title: 'Java',
  library: 'Spring Boot 4',
  types: ['web'],
  fits: (client) => usesSecret(client) && client.idTokenSignedResponseAlg !== 'EdDSA',
  blocks: () => [
    { file: 'pom.xml', template: 'spring-boot/pom.xml' },
    { file: 'src/main/resources/application.yaml', template: 'spring-boot/application.yaml' },
    { file: 'src/main/java/app/App.java', template: 'spring-boot/App.java' },
    { step: 'start', code: 'mvn --quiet package && java -jar target/app.jar' },
  ],
  notes: signInNotes,
};

/** Python: a web app on Flask, or a service. */
const authlib: Stack = {
  title: 'Python',
  library: 'Authlib 1.9',
  types: ['web', 'machine'],
  fits: usesSecret,
  blocks: ({ client, issuer, port }) => {
    const insecure = isSecure(issuer) ? '' : 'AUTHLIB_INSECURE_TRANSPORT=1 ';
    const start = `SESSION_SECRET=$(openssl rand -hex 32) python3 -m flask run --port ${port}`;
    const install = 'python3 -m pip install Authlib==1.9.*';
    return client.applicationType === 'machine'
      ? [
          { step: 'install', code: `${install} requests==2.*` },
          { file: 'service.py', template: 'authlib/service.py' },
          { step: 'start', code: `${insecure}python3 service.py` },
        ]
      : [
          { step: 'install', code: `${install} Flask==3.* requests==2.*` },
          { file: 'app.py', template: 'authlib/app.py' },
          { step: 'start', code: `${insecure}${start}` },
        ];
  },
  notes: signInNotes,
};

/** Go: a web app without a framework, or a service. */
const goOidc: Stack = {
  title: 'Go',
  library: 'coreos/go-oidc 3, x/oauth2',
  types: ['web', 'machine'],
  fits: usesSecret,
  blocks: ({ client }) => [
    {
      step: 'install',
      code: 'go mod init app\ngo get github.com/coreos/go-oidc/v3/oidc@v3.20.0 golang.org/x/oauth2@v0.38.0',
    },
    {
      file: 'main.go',
      template: `go-oidc/${client.applicationType === 'machine' ? 'service' : 'web'}.go`,
    },
    { step: 'start', code: 'go run .' },
  ],
  notes: signInNotes,
};

/** Pages of an Apache HTTP server that only signed-in people open. */
const modAuthOpenidc: Stack = {
  title: 'Apache',
  library: 'mod_auth_openidc 2.4',
  types: ['web'],
  fits: (client) => usesSecret(client) && client.idTokenSignedResponseAlg !== 'EdDSA',
  blocks: () => [
    {
      step: 'install',
      code: 'sudo apt-get install libapache2-mod-auth-openidc\nsudo a2enmod auth_openidc',
    },
    {
      file: '/etc/apache2/conf-available/consentry.conf',
      template: 'mod-auth-openidc/consentry.conf',
    },
    { step: 'start', code: 'sudo a2enconf consentry\nsudo systemctl restart apache2' },
  ],
  notes: (input) => signInNotes(input).filter(({ id }) => id !== 'proxy'),
};

/** An app that runs in the browser, without a framework; Vite serves it during development. */
const oidcClientTs: Stack = {
  title: 'JavaScript',
  library: 'oidc-client-ts 3',
  types: ['single_page'],
  blocks: ({ port }) => [
    { step: 'install', code: 'npm install oidc-client-ts@3 vite@8' },
    { file: 'index.html', template: 'oidc-client-ts/index.html' },
    { file: 'main.js', template: 'oidc-client-ts/main.js' },
    { step: 'start', code: `npx vite --port ${port} --strictPort` },
  ],
  notes: (input) => signInNotes(input).filter(({ id }) => id !== 'proxy'),
};

const LOOPBACK_WITHOUT_PORT = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?=\/|$)/;

/** The requests by hand, to understand or to test them. */
const curl: Stack = {
  title: 'curl',
  library: 'OpenSSL',
  types: ['web', 'single_page', 'native', 'machine'],
  blocks: ({ client, issuer, redirectUri: registered, allScopes, api }) => {
    if (client.applicationType === 'machine') {
      return [{ step: 'get_token', template: 'curl/token.sh' }];
    }
    // A native app chooses its port; the registered address contains none (RFC 8252 §7.3).
    const redirectUri =
      client.applicationType === 'native'
        ? registered.replace(LOOPBACK_WITHOUT_PORT, '$1:8765')
        : registered;
    const parameters = new URLSearchParams({
      client_id: client.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: allScopes,
      ...(api !== null && { resource: api.resource }),
      code_challenge_method: 'S256',
    });
    const authorizationUrl = `${issuer}/auth?${parameters.toString()}`;
    const userInfo = `curl ${issuer}/userinfo -H "Authorization: Bearer $ACCESS_TOKEN"`;
    return [
      { step: 'sign_in', template: 'curl/sign-in.sh', values: { authorizationUrl } },
      { step: 'exchange', template: 'curl/exchange.sh', values: { redirectUri } },
      // The access token is for UserInfo, or for the API.
      ...(api === null ? [{ step: 'user_info', code: userInfo } as const] : []),
    ];
  },
  notes: (input) => [...keyNotes(input, 'signed_jwt'), ...valueNotes(input)],
};

/** Every stack with a sample, in the order of the tabs. `test/interop/code-samples.test.ts` runs each of them. */
export const STACKS = {
  'openid-client': openidClient,
  'express-openid-connect': expressOpenidConnect,
  'next-auth': nextAuth,
  'spring-boot': springBoot,
  authlib,
  'go-oidc': goOidc,
  'mod-auth-openidc': modAuthOpenidc,
  'oidc-client-ts': oidcClientTs,
  curl,
} as const satisfies Readonly<Record<string, Stack>>;

/** The name of a stack in addresses. */
export type StackId = keyof typeof STACKS;

/** The stacks that can sign people in to an app of this type with its settings; curl is always one of them. */
export function stacksFor(client: Client): readonly StackId[] {
  return (Object.keys(STACKS) as StackId[]).filter((id) => {
    const stack: Stack = STACKS[id];
    return stack.types.includes(client.applicationType) && (stack.fits?.(client) ?? true);
  });
}
