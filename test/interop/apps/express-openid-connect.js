// A web app on express-openid-connect, as its README and examples show it. SETTINGS holds what an app adds to the basic settings.
import express from 'express';
import { auth } from 'express-openid-connect';

const { PORT, BASE_URL, ISSUER, CLIENT_ID, SETTINGS } = process.env;

const app = express();
app.use(
  auth({
    issuerBaseURL: ISSUER,
    baseURL: BASE_URL,
    clientID: CLIENT_ID,
    secret: 'a long, randomly-generated string stored in env',
    idpLogout: true,
    authRequired: false,
    ...JSON.parse(SETTINGS),
  }),
);

app.get('/user', async (request, response) => {
  if (!request.oidc.isAuthenticated()) return response.status(401).json({});
  return response.json(await request.oidc.fetchUserInfo());
});

app.get('/refresh', async (request, response) => {
  await request.oidc.accessToken.refresh();
  response.json({ subject: request.oidc.user.sub });
});

app.get('/', (request, response) =>
  response.send(request.oidc.isAuthenticated() ? 'signed in' : 'signed out'),
);

app.listen(PORT, '127.0.0.1');
