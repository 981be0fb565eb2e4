import { doubleQuoted, singleQuoted as quote } from './quote.ts';
import {
  type SampleInput,
  sendsSecretInBody,
  signInNotes,
  type Stack,
  usesSecret,
} from './sample.ts';

const CALLBACK = /^\/api\/auth\/callback\/([\w-]+)$/;

/** A web app on Next.js. The library fixes the path of the redirect address. */
export const nextAuth: Stack = {
  title: 'Next.js',
  library: 'NextAuth.js 4',
  types: ['web'],
  fits: usesSecret,
  blocks: (input) => [
    { step: 'install', code: 'npm install next@16 react@19 react-dom@19 next-auth@4' },
    { file: 'auth.js', code: optionLines(input).join('\n') },
    { file: 'app/api/auth/[...nextauth]/route.js', code: HANDLER.join('\n') },
    { file: 'app/user/route.js', code: USER.join('\n') },
    { file: '.env.local', code: `NEXTAUTH_URL=${doubleQuoted(addressOf(input).origin)}` },
    {
      step: 'start',
      code: `NEXTAUTH_SECRET=$(openssl rand -hex 32) npx next dev --port ${input.port}`,
    },
  ],
  notes: (input) => {
    const { href } = addressOf(input);
    return [
      ...(input.client.redirectUris.includes(href)
        ? []
        : [{ id: 'redirect_uri', values: { address: href }, page: 'settings' } as const]),
      ...signInNotes(input),
    ];
  },
};

/** The registered address of the form that the library expects, or the one to register. */
function addressOf({ client, redirectUri }: SampleInput): URL {
  const registered = client.redirectUris
    .map((uri) => new URL(uri))
    .find(({ pathname, search }) => CALLBACK.test(pathname) && search === '');
  return registered ?? new URL('/api/auth/callback/consentry', redirectUri);
}

function optionLines(input: SampleInput): string[] {
  const { client, issuer, scope } = input;
  const provider = CALLBACK.exec(addressOf(input).pathname)?.[1] ?? '';
  const algorithm = client.idTokenSignedResponseAlg;
  const settings = [
    ...(sendsSecretInBody(client) ? [`token_endpoint_auth_method: 'client_secret_post'`] : []),
    ...(algorithm === 'RS256' ? [] : [`id_token_signed_response_alg: ${quote(algorithm)}`]),
  ].join(', ');
  return [
    `export const authOptions = {`,
    `  providers: [`,
    `    {`,
    `      id: ${quote(provider)},`,
    `      name: 'Consentry',`,
    `      type: 'oauth',`,
    `      wellKnown: ${quote(`${issuer}/.well-known/openid-configuration`)},`,
    `      clientId: ${quote(client.id)},`,
    `      clientSecret: process.env.CLIENT_SECRET,`,
    ...(settings === '' ? [] : [`      client: { ${settings} },`]),
    `      authorization: { params: { scope: ${quote(scope)} } },`,
    `      checks: ['pkce', 'state'],`,
    `      idToken: true,`,
    `      // The values are at UserInfo; the ID token only identifies the person.`,
    `      userinfo: { request: ({ client, tokens }) => client.userinfo(tokens) },`,
    `      // Every value may be missing: people decide one by one, and can change their mind.`,
    `      profile: ({ sub, name, email }) => ({ id: sub, name, email }),`,
    `    },`,
    `  ],`,
    `  callbacks: {`,
    `    session: ({ session, token }) => ({`,
    `      ...session,`,
    `      user: { ...session.user, id: token.sub },`,
    `    }),`,
    `  },`,
    `};`,
  ];
}

const HANDLER = [
  `import NextAuth from 'next-auth';`,
  `import { authOptions } from '../../../../auth.js';`,
  ``,
  `const handler = NextAuth(authOptions);`,
  `export { handler as GET, handler as POST };`,
];

const USER = [
  `import { getServerSession } from 'next-auth';`,
  `import { authOptions } from '../../auth.js';`,
  ``,
  `export async function GET() {`,
  `  const session = await getServerSession(authOptions);`,
  `  return Response.json(session?.user ?? null);`,
  `}`,
];
