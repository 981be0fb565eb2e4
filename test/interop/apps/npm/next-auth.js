// A web app on NextAuth 4 with a provider of one's own, as its documentation shows it. Express stands in for the API route of Next.js,
// whose handler has the same form.
import { createRequire } from 'node:module';

import express from 'express';

const require = createRequire(import.meta.url);
const { default: NextAuth } = require('next-auth');

const { PORT, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;

const options = {
  secret: 'a long, randomly-generated string stored in env',
  providers: [
    {
      id: 'consentry',
      name: 'Consentry',
      type: 'oauth',
      wellKnown: `${ISSUER}/.well-known/openid-configuration`,
      authorization: { params: { scope: 'openid email profile' } },
      idToken: true,
      checks: ['pkce', 'state'],
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      profile: (profile) => ({ id: profile.sub, name: profile.name, email: profile.email }),
    },
  ],
};

const app = express();
app.use(express.urlencoded(), express.json());
app.use('/api/auth/*nextauth', (request, response) => {
  const cookies = Object.fromEntries(
    (request.headers.cookie ?? '')
      .split('; ')
      .filter((pair) => pair !== '')
      .map((pair) => [
        pair.slice(0, pair.indexOf('=')),
        decodeURIComponent(pair.slice(pair.indexOf('=') + 1)),
      ]),
  );
  const query = { ...request.query, nextauth: request.params.nextauth };
  return NextAuth(
    { method: request.method, headers: request.headers, body: request.body, query, cookies },
    response,
    options,
  );
});
app.get('/', (request, response) => response.redirect('/api/auth/session'));
app.listen(PORT, '127.0.0.1');
