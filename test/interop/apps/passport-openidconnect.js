// A web app on passport-openidconnect, as its README shows it. SETTINGS holds what an app adds to the basic settings.
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';

const { PORT, BASE_URL, ISSUER, CLIENT_ID, CLIENT_SECRET, SETTINGS } = process.env;

passport.use(
  new OpenIDConnectStrategy(
    {
      issuer: ISSUER,
      authorizationURL: `${ISSUER}/auth`,
      tokenURL: `${ISSUER}/token`,
      userInfoURL: `${ISSUER}/userinfo`,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
      ...JSON.parse(SETTINGS),
    },
    function verify(issuer, profile, context, idToken, done) {
      return done(null, { ...profile, idToken });
    },
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }));
app.use(passport.authenticate('session'));

app.get('/login', passport.authenticate('openidconnect'));
app.get(
  '/callback',
  passport.authenticate('openidconnect', { failureRedirect: '/', failureMessage: true }),
  (request, response) => response.redirect('/user'),
);
app.get('/user', (request, response) => {
  if (request.user === undefined) return response.status(401).json({});
  return response.json({ ...request.user, idToken: undefined });
});
app.get('/logout', (request, response, next) => {
  const query = new URLSearchParams({
    id_token_hint: request.user.idToken,
    post_logout_redirect_uri: `${BASE_URL}/`,
  });
  request.logout((error) => {
    if (error) return next(error);
    return response.redirect(`${ISSUER}/session/end?${query.toString()}`);
  });
});
app.get('/', (request, response) => response.send('signed out'));

app.listen(PORT, '127.0.0.1');
