// A web app on openid-client, as the README of the library shows it; the session holds what belongs to one sign-in.
import express from 'express';
import session from 'express-session';
import * as client from 'openid-client';

const { PORT, BASE_URL, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const redirectUri = `${BASE_URL}/callback`;
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests],
});

const app = express();
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true }));

app.get('/login', async (request, response) => {
  const codeVerifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  request.session.attempt = { codeVerifier, state };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state,
  });
  response.redirect(url.href);
});

app.get('/callback', async (request, response) => {
  const { codeVerifier, state } = request.session.attempt;
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, BASE_URL), {
    pkceCodeVerifier: codeVerifier,
    expectedState: state,
  });
  request.session.tokens = tokens;
  request.session.subject = tokens.claims().sub;
  response.redirect('/user');
});

app.get('/user', async (request, response) => {
  const { tokens, subject } = request.session;
  if (tokens === undefined) return response.status(401).json({});
  return response.json(await client.fetchUserInfo(config, tokens.access_token, subject));
});

app.get('/refresh', async (request, response) => {
  const { tokens } = request.session;
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  request.session.tokens = { ...tokens, ...renewed };
  response.json({ subject: request.session.subject });
});

app.get('/logout', (request, response) => {
  const { tokens } = request.session;
  const url = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: `${BASE_URL}/`,
    id_token_hint: tokens.id_token,
  });
  request.session.destroy(() => response.redirect(url.href));
});

app.get('/', (request, response) => response.send('signed out'));

app.listen(PORT, '127.0.0.1');
