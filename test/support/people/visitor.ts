import type { HTMLElement } from 'node-html-parser';

import { createCookieJar, type CookieJar } from '../http/cookie-jar.ts';
import { openDocument, findForm, readForm, seenText, type FormValues } from '../http/html-form.ts';

/** A browser without JavaScript: cookies, redirects and forms over real HTTP. */
export interface Visitor {
  readonly cookies: CookieJar;
  /** The last loaded page. @throws Error before the first one. */
  readonly page: VisitedPage;
  /** Loads an address (relative to the current page) and follows redirects and `Refresh` headers, as a browser does. */
  get(address: string | URL): Promise<VisitedPage>;
  /**
   * Fills in and submits a form of the current page, including hidden fields. `match` is a CSS selector of the form or of
   * the button to press; without a button the first one is pressed. A value `null` omits its field, an array
   * sends several values.
   * @throws Error when form-action of the page is 'self' and the response redirects to another site, because browsers block that.
   */
  submitForm(match: string, values?: FormValues): Promise<VisitedPage>;
  /** Follows the first link that matches a CSS selector. */
  follow(match: string): Promise<VisitedPage>;
  /** One request without following redirects. */
  request(address: string | URL, init?: RequestInit): Promise<Response>;
}

/** A loaded page. */
export interface VisitedPage {
  /** The address after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The parsed page. */
  readonly document: HTMLElement;
  /** The visible text with collapsed white space. */
  readonly text: string;
  /** Every address of the redirect chain, including the last. */
  readonly trail: readonly URL[];
}

export interface VisitorOptions {
  /** Base of the first relative address. */
  readonly baseUrl?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A redirect to such an address is not followed; the visitor stays on the response with the redirect. */
  readonly stopAt?: (url: URL) => boolean;
  /** The `fetch` of the visitor. Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

const MOST_REDIRECTS = 20;

/** Creates a visitor with an empty cookie jar. */
export function createVisitor({
  baseUrl,
  headers = {},
  stopAt = () => false,
  fetch: send = fetch,
}: VisitorOptions = {}): Visitor {
  const cookies = createCookieJar();
  let current: VisitedPage | undefined;

  const resolve = (address: string | URL): URL => new URL(address, current?.url ?? baseUrl);

  const request = async (address: string | URL, init: RequestInit = {}): Promise<Response> => {
    const url = resolve(address);
    const sent = new Headers({ accept: 'text/html', ...headers });
    const cookie = cookies.header(url);
    if (cookie !== '') sent.set('cookie', cookie);
    new Headers(init.headers).forEach((value, name) => {
      sent.set(name, value);
    });
    const response = await send(url, { ...init, headers: sent, redirect: 'manual' });
    cookies.store(url, response);
    return response;
  };

  const visit = async (
    address: string | URL,
    init: RequestInit = {},
    formSite: string | null = null,
  ): Promise<VisitedPage> => {
    let heldTo = formSite;
    const trail: URL[] = [];
    let url = resolve(address);
    let response = await request(url, init);
    for (;;) {
      trail.push(url);
      const redirect = redirectTarget(url, response);
      if (redirect === null) heldTo = null;
      const next = redirect ?? refreshTarget(url, response);
      if (next === null) break;
      if (heldTo !== null && next.origin !== heldTo)
        throw new Error(`A browser blocks the redirect behind a form to ${next.href}`);
      if (stopAt(next)) {
        trail.push(next);
        break;
      }
      if (trail.length > MOST_REDIRECTS)
        throw new Error(`Too many redirects, the last to ${next.href}`);
      await response.arrayBuffer();
      const keepsMethod = response.status === 307 || response.status === 308;
      response = await request(next, keepsMethod ? init : {});
      url = next;
    }
    current = await readPage(trail, response);
    return current;
  };

  const requirePage = (): VisitedPage => {
    if (current === undefined) throw new Error('The visitor has not loaded a page yet');
    return current;
  };

  return {
    cookies,
    get page() {
      return requirePage();
    },
    get: (address) => visit(address),
    request,
    follow: async (match) => {
      const href = requirePage().document.querySelector(match)?.getAttribute('href');
      if (href === undefined)
        throw new Error(`No link matches ${match} on ${describe(requirePage())}`);
      return visit(href);
    },
    submitForm: async (match, values = {}) => {
      const page = requirePage();
      const found = findForm(page.document, match);
      if (found === null) throw new Error(`No form matches ${match} on ${describe(page)}`);
      const { method, action, fields } = readForm(found, values);
      const target = new URL(action ?? page.url, page.url);
      if (method === 'get') {
        target.search = fields.toString();
        return visit(target);
      }
      const origin = {
        origin: page.url.origin,
        referer: page.url.href,
        'sec-fetch-site': 'same-origin',
      };
      const isHeld = /form-action 'self'(?:;|$)/.test(
        page.headers.get('content-security-policy') ?? '',
      );
      const sent = { method: 'POST', body: fields, headers: origin };
      return visit(target, sent, isHeld ? page.url.origin : null);
    },
  };
}

function redirectTarget(from: URL, response: Response): URL | null {
  const location = response.headers.get('location');
  if (location === null || response.status < 300 || response.status > 399) return null;
  const target = new URL(location, from);
  // A redirect keeps the fragment of the request unless it has its own.
  if (target.hash === '') target.hash = from.hash;
  return target;
}

/** The target of a `Refresh` header, which contains the whole address with its fragment. */
function refreshTarget(from: URL, response: Response): URL | null {
  const [, address] = /^0; url=(.+)$/.exec(response.headers.get('refresh') ?? '') ?? [];
  return address === undefined ? null : new URL(address, from);
}

async function readPage(trail: readonly URL[], response: Response): Promise<VisitedPage> {
  const body = await response.text();
  const document = openDocument(body);
  return {
    url: trail.at(-1) ?? new URL(response.url),
    status: response.status,
    headers: response.headers,
    body,
    document,
    text: seenText((document.querySelector('body') ?? document).structuredText),
    trail,
  };
}

function describe(page: VisitedPage): string {
  return `${page.url.href} (status ${String(page.status)}): ${page.text.slice(0, 300)}`;
}
