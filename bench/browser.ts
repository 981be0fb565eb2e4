import { parse, type HTMLElement } from 'node-html-parser';

import { expectStatus, type Answer, type HttpDriver } from './http-driver.ts';

/** A browser as far as a sign-in needs one: cookies, redirects and forms; no pictures, no scripts. */
export interface Browser {
  /** Follows redirects until a page comes, or a redirect to an address that starts with `until`. */
  open(url: string, until: string): Promise<Stop>;
  /** Fills in the form of a page, the given fields over those of the page, and follows redirects. */
  submit(page: Page, fields: Readonly<Record<string, string>>, until: string): Promise<Stop>;
  /** Drops every cookie but the one of the device: the next sign-in is on a known device. */
  forgetSession(): void;
}

export type Stop = Page | Arrival;

/** A page with its form. */
export interface Page {
  readonly kind: 'page';
  readonly url: URL;
  readonly form: HTMLElement;
}

/** The address outside the server that the browser was sent to. */
export interface Arrival {
  readonly kind: 'arrival';
  readonly url: URL;
}

const maxRedirects = 10;

/** A new browser without any cookie. */
export function createBrowser(http: HttpDriver): Browser {
  const jar = createCookieJar();

  const follow = async (first: URL, answered: Promise<Answer>, until: string): Promise<Stop> => {
    let url = first;
    let answer = await answered;
    for (let hops = 0; hops < maxRedirects; hops += 1) {
      jar.take(url, answer.cookies);
      if (answer.location === null) return readPage(url, answer);
      url = new URL(answer.location, url);
      if (url.href.startsWith(until)) return { kind: 'arrival', url };
      answer = await http.send({ url: url.href, headers: jar.headersFor(url) });
    }
    throw new Error(`more than ${String(maxRedirects)} redirects, the last to ${url.href}`);
  };

  return {
    forgetSession: jar.forgetSession,
    open: async (address, until) => {
      const url = new URL(address);
      return await follow(url, http.send({ url: url.href, headers: jar.headersFor(url) }), until);
    },
    submit: async (page, fields, until) => {
      const url = new URL(page.form.getAttribute('action') ?? '', page.url);
      if (page.form.getAttribute('action') === undefined) url.href = page.url.href;
      const form = readFields(page.form);
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      const headers = { ...jar.headersFor(url), origin: page.url.origin };
      return await follow(url, http.send({ url: url.href, form, headers }), until);
    },
  };
}

function readPage(url: URL, answer: Answer): Page {
  expectStatus(answer, 200, `page ${url.pathname}`);
  const forms = parse(answer.body).querySelectorAll('form');
  const posts = forms.filter((form) => form.getAttribute('method')?.toLowerCase() === 'post');
  // The main form of a page is the one with most controls; other forms sign out, for example.
  const [form] = posts.sort((one, other) => controlsOf(other).length - controlsOf(one).length);
  if (form === undefined)
    throw new Error(`no form on ${url.pathname}: ${answer.body.slice(0, 400)}`);
  return { kind: 'page', url, form };
}

function controlsOf(form: HTMLElement): readonly HTMLElement[] {
  return form.querySelectorAll('input, select, button');
}

/** The fields that a browser sends when the person changes nothing and presses no button. */
function readFields(form: HTMLElement): URLSearchParams {
  const fields = new URLSearchParams();
  for (const input of form.querySelectorAll('input')) {
    const name = input.getAttribute('name');
    const type = input.getAttribute('type') ?? 'text';
    if (name === undefined || input.hasAttribute('disabled')) continue;
    if ((type === 'checkbox' || type === 'radio') && !input.hasAttribute('checked')) continue;
    if (type === 'submit' || type === 'button') continue;
    fields.append(name, input.getAttribute('value') ?? (type === 'checkbox' ? 'on' : ''));
  }
  for (const select of form.querySelectorAll('select')) {
    const options = select.querySelectorAll('option');
    const chosen = options.find((option) => option.hasAttribute('selected')) ?? options[0];
    const name = select.getAttribute('name');
    if (name !== undefined && chosen !== undefined) {
      fields.append(name, chosen.getAttribute('value') ?? chosen.text);
    }
  }
  return fields;
}

interface CookieJar {
  take(url: URL, setCookies: readonly string[]): void;
  headersFor(url: URL): Record<string, string>;
  forgetSession(): void;
}

function createCookieJar(): CookieJar {
  const cookies = new Map<string, { pair: string; path: string }>();
  return {
    take(url, setCookies) {
      for (const line of setCookies) {
        const [pair = '', ...attributes] = line.split(/;\s*/);
        const attribute = (name: string) =>
          attributes
            .find((text) => text.toLowerCase().startsWith(`${name}=`))
            ?.slice(name.length + 1);
        const path = attribute('path') ?? url.pathname;
        const key = `${pair.slice(0, pair.indexOf('='))} ${path}`;
        const expires = attribute('expires');
        const isOver = expires !== undefined && Date.parse(expires) <= Date.now();
        if (isOver || attribute('max-age') === '0') cookies.delete(key);
        else cookies.set(key, { pair, path });
      }
    },
    forgetSession() {
      for (const key of cookies.keys()) if (!key.includes('device')) cookies.delete(key);
    },
    headersFor(url) {
      const fitting = [...cookies.values()].filter(({ path }) => isUnder(url.pathname, path));
      return fitting.length === 0 ? {} : { cookie: fitting.map(({ pair }) => pair).join('; ') };
    },
  };
}

function isUnder(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
