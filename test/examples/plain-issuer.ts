import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { Provider, type AdapterFactory } from 'oidc-provider';

import { libraryMemoryStore } from '../../bench/library-memory-store.ts';
import { createVisitor } from '../support/people/visitor.ts';

/** An OpenID provider other than Consentry, because the shop must work with any. Each page is a form with two buttons. */
export interface PlainIssuer {
  readonly url: string;
  /** Sets the claims that UserInfo returns. */
  setClaims(claims: Readonly<Record<string, unknown>>): void;
  /** Ends all grants of the app. */
  endGrants(): Promise<void>;
  /** Authorization requests, oldest first. */
  readonly requests: URLSearchParams[];
  stop(): Promise<void>;
}

export interface PlainIssuerOptions {
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly shopUrl: string;
}

/** Starts the provider in this process. */
export async function startPlainIssuer(options: PlainIssuerOptions): Promise<PlainIssuer> {
  const url = `http://localhost:${String(options.port)}`;
  let claims: Readonly<Record<string, unknown>> = {};
  const grants: string[] = [];
  const adapter = await libraryMemoryStore(1000);
  const provider = createProvider(url, { ...options, adapter }, () => claims);
  const answer = provider.callback();
  const requests: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    if (pathname === '/auth') requests.push(searchParams);
    const isPage = pathname.startsWith('/interaction/');
    void (isPage ? answerPage({ provider, grants }, request, response) : answer(request, response));
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url,
    requests,
    setClaims: (next) => {
      claims = next;
    },
    endGrants: async () => {
      for (const id of grants) await (await provider.Grant.find(id))?.destroy();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function createProvider(
  url: string,
  { clientId, clientSecret, shopUrl, adapter }: PlainIssuerOptions & { adapter: AdapterFactory },
  claims: () => Readonly<Record<string, unknown>>,
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Provider(url, {
    adapter,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${shopUrl}/callback`],
        post_logout_redirect_uris: [`${shopUrl}/`],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    claims: {
      profile: ['name', 'birthdate'],
      email: ['email', 'email_verified'],
      phone: ['phone_number'],
    },
    cookies: { keys: ['a key for this test only'] },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: confirmSignOut },
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    // The "other conditions" of OpenID Connect Core §11: the library itself demands `prompt=consent`.
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, ...claims() }),
    }),
  });
}

function confirmSignOut(ctx: { body: unknown; type: string }, form: string): void {
  ctx.type = 'html';
  ctx.body = form.replace('</form>', '<button name="logout" value="yes">Yes</button></form>');
}

async function answerPage(
  { provider, grants }: { provider: Provider; grants: string[] },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    response.end(
      '<form method="post"><button name="press" value="allow">Go on</button><button name="press" value="deny">No</button></form>',
    );
    return;
  }
  let body = '';
  for await (const chunk of request) body += String(chunk);
  if (new URLSearchParams(body).get('press') === 'deny') {
    const refusal = { error: 'access_denied', error_description: 'The person said no' };
    await provider.interactionFinished(request, response, refusal);
    return;
  }
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'reader-1' } });
    return;
  }
  const accountId = session?.accountId ?? '';
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  const grantId = await grant.save();
  grants.push(grantId);
  await provider.interactionFinished(request, response, { consent: { grantId } });
}

/** Signs a new visitor in at the shop with the `allow` button of every page. */
export async function signInAtShop(shopUrl: string) {
  const visitor = createVisitor({ baseUrl: shopUrl });
  await visitor.get('/');
  let page = await visitor.follow('a[href="/sign-in"]');
  while (page.url.pathname.startsWith('/interaction/')) {
    page = await visitor.submitForm('button[value=allow]');
  }
  return visitor;
}
