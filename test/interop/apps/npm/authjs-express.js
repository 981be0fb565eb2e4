// A web app on Auth.js for Express, as its documentation shows it with a provider of one's own.
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';

const { PORT, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;

const config = {
  secret: 'a long, randomly-generated string stored in env',
  trustHost: true,
  providers: [
    {
      id: 'consentry',
      name: 'Consentry',
      type: 'oidc',
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    },
  ],
};

const app = express();
app.use('/auth/*', ExpressAuth(config));
app.get('/', async (request, response) => {
  const session = await getSession(request, config);
  response.json(session?.user ?? null);
});
app.listen(PORT, '127.0.0.1');
