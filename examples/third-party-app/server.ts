import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Config } from './config.ts';
import type { Html } from './html.ts';
import { homePage, lostPage, readerPage, troublePage, waitingPage } from './pages.ts';
import { describeRefusal, refusalFrom } from './refusals.ts';
import type { RelyingParty, Variant, Visit } from './relying-party.ts';
import { createSessions, type Notice, type Session, type Sessions } from './sessions.ts';

interface Shop {
  readonly config: Config;
  readonly party: RelyingParty;
  readonly sessions: Sessions;
}

interface Visitor {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly session: Session | null;
}

type Handler = (shop: Shop, visitor: Visitor) => Promise<void> | void;

const files: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  '/bookshop.css': { name: 'bookshop.css', type: 'text/css; charset=utf-8' },
  '/favicon.svg': { name: 'favicon.svg', type: 'image/svg+xml' },
};

const pages: Readonly<Record<string, Handler>> = {
  'GET /': showHome,
  'GET /health': showHealth,
  'GET /sign-in': startSignIn,
  'GET /callback': finishSignIn,
  'POST /read-again': readAgain,
  'POST /refresh': refresh,
  'POST /sign-out': signOut,
};

const variantNames: readonly Variant[] = ['choose-again', 'prove-again', 'email-in-id-token'];

/** The shop as an HTTP server that is not listening yet. */
export function createShop(config: Config, party: RelyingParty): Server {
  const isSecure = config.publicUrl.startsWith('https:');
  const shop: Shop = { config, party, sessions: createSessions({ isSecure }) };
  return createServer((request, response) => {
    answer(shop, request, response).catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : String(error));
      if (!response.headersSent) show(response, 500, troublePage('Something broke in the shop.'));
    });
  });
}

async function answer(
  shop: Shop,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  setSecurityHeaders(response, shop.config);
  // Only path and query of the request are used, because any caller can choose the host header.
  const { pathname, search } = new URL(request.url ?? '/', 'http://shop.invalid');
  const url = new URL(shop.config.publicUrl + pathname + search);
  const file = files[pathname];
  if (file !== undefined && request.method === 'GET') {
    response.setHeader('content-type', file.type).setHeader('cache-control', 'max-age=300');
    response.end(await readFile(new URL(`public/${file.name}`, import.meta.url)));
    return;
  }
  const page = pages[`${request.method ?? ''} ${pathname}`];
  if (page === undefined) {
    show(response, 404, lostPage());
    return;
  }
  if (request.method === 'POST' && !isFromHere(request, shop.config)) {
    show(response, 403, troublePage('That form did not come from this shop.'));
    return;
  }
  await page(shop, { request, response, url, session: shop.sessions.find(request) });
}

function setSecurityHeaders(response: ServerResponse, config: Config): void {
  // The answer to the sign-out form redirects to the issuer, so form-action must permit it, too.
  const formTargets = `'self' ${config.issuer.origin}`;
  response.setHeader(
    'content-security-policy',
    `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formTargets}; ` +
      `base-uri 'none'; frame-ancestors 'none'`,
  );
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('x-content-type-options', 'nosniff');
}

function isFromHere(request: IncomingMessage, config: Config): boolean {
  return request.headers.origin === new URL(config.publicUrl).origin;
}

function showHome({ config, party }: Shop, { response, session }: Visitor): void {
  const notice = session?.notice ?? null;
  if (session !== null) session.notice = null;
  const visit = session?.visit ?? null;
  if (visit !== null) {
    show(response, 200, readerPage({ visit, notice, issuer: config.issuer.host }));
    return;
  }
  show(response, 200, homePage({ notice, isReady: party.isReady() }));
}

function showHealth({ party }: Shop, { response }: Visitor): void {
  response.statusCode = party.isReady() ? 200 : 503;
  response.setHeader('content-type', 'text/plain').end(party.isReady() ? 'ready\n' : 'waiting\n');
}

async function startSignIn({ party, sessions }: Shop, visitor: Visitor): Promise<void> {
  if (!party.isReady()) {
    visitor.response.setHeader('refresh', '1');
    show(visitor.response, 503, waitingPage());
    return;
  }
  const asked = visitor.url.searchParams.get('ask');
  const usual = sessions.hasBeenHere(visitor.request) ? 'return' : 'first-time';
  const variant = variantNames.find((name) => name === asked) ?? usual;
  const { url, attempt } = await party.begin(variant);
  const session = visitor.session ?? sessions.start(null);
  if (session.attempts.size >= 10) session.attempts.clear();
  session.attempts.set(attempt.state, attempt);
  visitor.response.setHeader('set-cookie', sessions.cookieFor(session));
  redirect(visitor.response, url.href);
}

async function finishSignIn({ party, sessions }: Shop, visitor: Visitor): Promise<void> {
  const { session, url, response } = visitor;
  const attempt = session?.attempts.get(url.searchParams.get('state') ?? '');
  if (session === null || attempt === undefined) {
    show(response, 400, troublePage('This answer does not belong to a sign-in of this browser.'));
    return;
  }
  session.attempts.delete(attempt.state);
  try {
    const visit = await party.finish(url, attempt);
    const signedIn = sessions.start(session);
    signedIn.visit = keepConnection(visit, session.visit);
    response.setHeader('set-cookie', [sessions.cookieFor(signedIn), sessions.hasBeenHereCookie]);
  } catch (error) {
    session.notice = refusedNotice('You are not signed in', error);
  }
  redirect(response, '/');
}

/** A later sign-in returns no refresh token; the stored refresh token of the same person is kept. */
function keepConnection(visit: Visit, previous: Visit | null): Visit {
  const isSame = previous?.idTokenClaims.sub === visit.idTokenClaims.sub;
  return { ...visit, refreshToken: visit.refreshToken ?? (isSame ? previous.refreshToken : null) };
}

async function readAgain({ party }: Shop, { session, response }: Visitor): Promise<void> {
  if (session?.visit) {
    try {
      session.visit = await party.read(session.visit);
      session.notice = good('Read again', 'This is what Consentry gives us at this moment.');
    } catch (error) {
      session.notice = refusedNotice('Consentry refused. Below is what we received before', error);
    }
  }
  redirect(response, '/');
}

async function refresh({ party }: Shop, { session, response }: Visitor): Promise<void> {
  if (session?.visit) {
    try {
      session.visit = await party.refresh(session.visit);
      session.notice = good('Refreshed', 'We hold new tokens. Read again to use them.');
    } catch (error) {
      session.notice = refusedNotice('Consentry refused new tokens', error);
    }
  }
  redirect(response, '/');
}

function signOut({ party, sessions }: Shop, { session, response }: Visitor): void {
  const visit = session?.visit ?? null;
  if (session !== null) sessions.end(session);
  response.setHeader('set-cookie', sessions.cookieFor(null));
  redirect(response, visit === null ? '/' : party.signOutUrl(visit).href);
}

function good(title: string, text: string): Notice {
  return { kind: 'good', title, text };
}

function refusedNotice(title: string, error: unknown): Notice {
  return { kind: 'bad', title, text: `${describeRefusal(refusalFrom(error))}.` };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location }).end();
}

function show(response: ServerResponse, status: number, page: Html): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page.markup);
}
