// A web app on better-auth with its plugin for other providers, as its documentation shows it; accounts are kept in memory.
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import express from 'express';

const { PORT, BASE_URL, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;

const auth = betterAuth({
  baseURL: BASE_URL,
  secret: 'a long, randomly-generated string stored in env',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  plugins: [
    genericOAuth({
      config: [
        {
          providerId: 'consentry',
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          discoveryUrl: `${ISSUER}/.well-known/openid-configuration`,
          scopes: ['openid', 'profile', 'email'],
        },
      ],
    }),
  ],
});

const app = express();
app.all('/api/auth/{*path}', toNodeHandler(auth));
app.get('/login', async (request, response) => {
  const { headers, response: begun } = await auth.api.signInSocial({
    body: { provider: 'consentry', callbackURL: '/user' },
    headers: fromNodeHeaders(request.headers),
    returnHeaders: true,
  });
  response.setHeader('set-cookie', headers.getSetCookie());
  response.redirect(begun.url);
});
app.get('/user', async (request, response) => {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  response.json(session?.user ?? null);
});
app.get('/', (request, response) => response.send('signed out'));
app.listen(PORT, '127.0.0.1');
