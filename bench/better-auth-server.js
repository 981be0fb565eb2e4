/**
 * The peer of `--peers`: better-auth with its OAuth provider on PostgreSQL, as a process of its own. Its pages are the plain forms
 * of the bare library, so a sign-in has the requests that a real server needs and no more. Passwords are not hashed.
 *
 * Plain JavaScript, because the types of its packages do not fit the strict settings of this project.
 *
 * Settings come from the environment: PORT, DATABASE_URL (an empty database or one of an earlier start), SIGNING_ALGORITHM,
 * ACCOUNTS. `--seed` creates the tables, the accounts and the apps, prints the apps as JSON and ends.
 */
import { createServer } from 'node:http';

import { oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import pg from 'pg';

import { readForm, signInFields } from './bare-interactions.ts';

const PASSWORD = 'the peer does not hash it';
const REDIRECT_URI = 'https://app.example/callback';
const MACHINE_SCOPE = 'machine';
const SCOPES = ['openid', 'profile', 'email', 'offline_access'];

const origin = `http://127.0.0.1:${setting('PORT')}`;
const alg = process.env['SIGNING_ALGORITHM'] === 'RS256' ? 'RS256' : 'ES256';
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 20 });
pool.on('error', () => undefined);

const options = {
  baseURL: origin,
  // For one run on this machine.
  secret: 'secret-of-the-benchmark-hf83kd92msk4ld01qzmx',
  database: pool,
  emailAndPassword: {
    enabled: true,
    password: { hash: () => Promise.resolve('none'), verify: () => Promise.resolve(true) },
  },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg } } }),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: [...SCOPES, MACHINE_SCOPE],
      clientPrivileges: () => Promise.resolve(true),
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
};
const auth = betterAuth(options);

if (process.argv.includes('--seed')) {
  await seed();
  await pool.end();
} else {
  process.once('SIGTERM', () => process.exit(0));
  const answer = toNodeHandler(auth);
  createServer((request, response) => {
    const isPage = /^\/(?:sign-in|consent)\?/.test(request.url ?? '');
    void (isPage ? answerPage(request, response) : answer(request, response));
  }).listen(Number(setting('PORT')), '127.0.0.1');
}

async function seed() {
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  for (let index = 0; index < Number(setting('ACCOUNTS')); index += 1) {
    const email = `bench-${String(index)}@example.org`;
    await auth.api.signUpEmail({ body: { name: 'Ana Bench', email, password: PASSWORD } });
  }
  const signedIn = await auth.api.signInEmail({
    body: { email: 'bench-0@example.org', password: PASSWORD },
    asResponse: true,
  });
  const headers = new Headers({ cookie: cookiesOf(signedIn) });
  const app = await auth.api.createOAuthClient({
    headers,
    body: {
      client_name: 'Benchmark',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: SCOPES.join(' '),
    },
  });
  const machine = await auth.api.adminCreateOAuthClient({
    headers,
    body: {
      client_name: 'Benchmark machine',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      response_types: [],
      scope: MACHINE_SCOPE,
      client_credentials_scopes: [MACHINE_SCOPE],
    },
  });
  process.stdout.write(
    JSON.stringify({ app: credentialsOf(app), machine: credentialsOf(machine) }),
  );
}

/** Shows the form of the sign-in or of the consent, and passes it on to better-auth. */
async function answerPage(request, response) {
  const { pathname, search } = new URL(request.url ?? '', origin);
  const isSignIn = pathname === '/sign-in';
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      `<!doctype html><form method="post">${isSignIn ? signInFields : ''}<button name="decision" value="allow">Go on</button></form>`,
    );
    return;
  }
  const form = await readForm(request);
  const query = { oauth_query: search.slice(1) };
  const input = isSignIn
    ? { email: form.get('identifier'), password: form.get('password'), ...query }
    : { accept: true, ...query };
  const answer = await auth.handler(
    new Request(`${origin}/api/auth/${isSignIn ? 'sign-in/email' : 'oauth2/consent'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: request.headers.cookie ?? '', origin },
      body: JSON.stringify(input),
    }),
  );
  const body = await answer.json();
  if (!answer.ok || body.url === undefined) {
    response.writeHead(500).end(JSON.stringify(body));
    return;
  }
  response.setHeader('set-cookie', answer.headers.getSetCookie());
  response.writeHead(303, { location: body.url }).end();
}

function credentialsOf(client) {
  return { clientId: client.client_id, clientSecret: client.client_secret ?? '' };
}

function cookiesOf(answer) {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

function setting(name) {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is missing`);
  return value;
}
