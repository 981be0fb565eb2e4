// Serves the page of an app that lives in the browser: static files and its settings.
import { fileURLToPath } from 'node:url';

import express from 'express';

const { PORT, ISSUER, CLIENT_ID, SETTINGS } = process.env;
const library = fileURLToPath(
  new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts')),
);
const script = fileURLToPath(new URL('oidc-client-ts-page.js', import.meta.url));

const app = express();
app.get('/library.js', (request, response) => response.sendFile(library));
app.get('/page.js', (request, response) => response.sendFile(script));
app.get('/settings.json', (request, response) =>
  response.json({ authority: ISSUER, client_id: CLIENT_ID, ...JSON.parse(SETTINGS) }),
);
app.get(['/', '/callback'], (request, response) =>
  response.send(`<!doctype html><title>Reader</title><link rel="icon" href="data:,">
<script src="/library.js"></script><script src="/page.js" type="module"></script><p id="state"></p>`),
);

app.listen(PORT, '127.0.0.1');
