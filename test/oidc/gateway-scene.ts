import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

import type { CreateClientInput } from '../../src/clients/index.ts';
import type { FormValues } from '../support/http/html-form.ts';
import { createNodeFetch } from '../support/http/node-fetch.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';

/** The folder of the site that the gateway passes to the server. */
export const FOLDER = '/.consentry';
/** The page that people open first. */
export const START = '/wiki/start?page=1';

/** A site behind a gateway that works as Traefik and Caddy do: an answer that is not 2xx goes to the browser. */
export interface GatewaySite {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The header with which the gateway identifies itself. */
  readonly identity: Readonly<Record<string, string>>;
  /** Opens a page of the site in this browser and answers the sign-in and the consent of the person, where they are shown. */
  enter(visitor: Visitor, person: TestPerson, choices?: FormValues): Promise<void>;
  /** One request of a program with the cookies of this browser. */
  check(visitor: Visitor): Promise<Response>;
  stop(): Promise<void>;
}

/** Starts a gateway whose app is registered with these settings. The site shows the headers that it gets. */
export async function startGateway(
  server: TestServer,
  settings: Partial<CreateClientInput> = {},
): Promise<GatewaySite> {
  const http = createServer();
  const url = await listen(http);
  const owner = await createPerson(server.connected);
  const { client, secret } = await server.connected.clients.create({
    ownerAccountId: owner.accountId,
    applicationType: 'web',
    name: 'Wiki',
    redirectUris: [`${url}${FOLDER}/callback`],
    scopes: ['openid'],
    isGateway: true,
    ...settings,
  });
  const clientSecret = secret?.secret ?? '';
  const identity = identityOf(client.id, clientSecret);
  http.on('request', (req: IncomingMessage, res: ServerResponse) => {
    void serve({ serverUrl: server.url, identity }, req, res);
  });
  return {
    url,
    clientId: client.id,
    clientSecret,
    identity,
    enter: async (visitor, person, choices = {}) => {
      await visitor.get(`${url}${START}`);
      if (visitor.page.document.querySelector('input[name=password]')) {
        await visitor.submitForm('form[action$="/sign-in"]', {
          identifier: person.email,
          password: person.password,
        });
      }
      if (visitor.page.document.querySelector('button[value=allow]')) {
        await visitor.submitForm('button[value=allow]', choices);
      }
    },
    check: (visitor) =>
      plainFetch(`${server.url}/verify`, {
        headers: { ...identity, cookie: visitor.cookies.header(new URL(url)) },
      }),
    stop: () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

/** A browser that follows redirects to the site. */
export function browserAt(site: GatewaySite): Visitor {
  return createVisitor({ baseUrl: site.url, fetch: navigate });
}

/** The global `fetch` states itself that it opens no page. */
const plainFetch = createNodeFetch({ request });
const navigate = createNodeFetch({ request, headers: { 'sec-fetch-mode': 'navigate' } });

/** The header of a gateway with this id and secret. */
export function identityOf(clientId: string, secret: string): Readonly<Record<string, string>> {
  const credentials = Buffer.from(`${clientId}:${secret}`).toString('base64');
  return { 'consentry-gateway': `Basic ${credentials}` };
}

interface Passing {
  readonly serverUrl: string;
  readonly identity: Readonly<Record<string, string>>;
}

async function serve(
  { serverUrl, identity }: Passing,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { url = '/', headers } = req;
  const isSignIn = url.startsWith(`${FOLDER}/`);
  const target = isSignIn ? `/verify${url.slice(FOLDER.length)}` : '/verify?redirect=true';
  const sent = new Headers(identity);
  for (const name of ['authorization', 'cookie', 'accept', 'sec-fetch-mode']) {
    const value = headers[name];
    if (typeof value === 'string') sent.set(name, value);
  }
  sent.set('x-forwarded-method', req.method ?? '');
  sent.set('x-forwarded-uri', url);
  const answer = await plainFetch(`${serverUrl}${target}`, { headers: sent });
  const body = await answer.text();
  if (!isSignIn && answer.status === 200) {
    const verified = [...answer.headers].filter(([name]) => name.startsWith('consentry-'));
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ path: url, ...Object.fromEntries(verified) }));
    return;
  }
  const passed = ['location', 'www-authenticate', 'content-type']
    .map((name) => [name, answer.headers.get(name)] as const)
    .filter((pair): pair is [string, string] => pair[1] !== null);
  res.writeHead(answer.status, [
    ...passed.flat(),
    ...answer.headers.getSetCookie().flatMap((cookie) => ['set-cookie', cookie]),
  ]);
  res.end(body);
}

function listen(http: Server): Promise<string> {
  return new Promise((resolve) => {
    http.listen(0, '127.0.0.1', () => {
      const { port } = http.address() as AddressInfo;
      resolve(`http://127.0.0.1:${String(port)}`);
    });
  });
}
