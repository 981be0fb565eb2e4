import { singleQuoted as quote } from './quote.ts';
import {
  isSecure,
  type SampleInput,
  sendsSecretInBody,
  signInNotes,
  type Stack,
  usesSecret,
} from './sample.ts';

/** A web app on Express. Its middleware adds the pages /login and /logout. */
export const expressOpenidConnect: Stack = {
  title: 'Express',
  library: 'express-openid-connect 3',
  types: ['web'],
  fits: usesSecret,
  blocks: (input) => [
    { step: 'install', code: 'npm install express-openid-connect@3 express@5' },
    { file: 'server.mjs', code: programLines(input).join('\n') },
    { step: 'start', code: 'SESSION_SECRET=$(openssl rand -hex 32) node server.mjs' },
  ],
  notes: signInNotes,
};

function programLines({ client, issuer, redirectUri, port, scope }: SampleInput): string[] {
  const { origin, pathname } = new URL(redirectUri);
  const algorithm = client.idTokenSignedResponseAlg;
  return [
    `import express from 'express';`,
    `import openid from 'express-openid-connect';`,
    ``,
    `const { auth, requiresAuth } = openid;`,
    `const app = express();`,
    ...(isSecure(redirectUri) ? [`app.set('trust proxy', 1);`] : []),
    `app.use(`,
    `  auth({`,
    `    issuerBaseURL: ${quote(issuer)},`,
    `    baseURL: ${quote(origin)},`,
    `    clientID: ${quote(client.id)},`,
    `    clientSecret: process.env.CLIENT_SECRET,`,
    ...(sendsSecretInBody(client) ? [`    clientAuthMethod: 'client_secret_post',`] : []),
    ...(algorithm === 'RS256' ? [] : [`    idTokenSigningAlg: ${quote(algorithm)},`]),
    `    secret: process.env.SESSION_SECRET,`,
    `    authRequired: false,`,
    `    // Without it the library requests an ID token only, in the implicit flow.`,
    `    authorizationParams: { response_type: 'code', scope: ${quote(scope)} },`,
    `    routes: { callback: ${quote(pathname)} },`,
    `  }),`,
    `);`,
    ``,
    `app.get('/user', requiresAuth(), async (request, response) => {`,
    `  // Every value may be missing: people decide one by one, and can change their mind.`,
    `  response.json(await request.oidc.fetchUserInfo());`,
    `});`,
    ``,
    `app.listen(${port});`,
  ];
}
