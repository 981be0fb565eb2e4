/** Cookies of one visitor by host. Ports share them, as in browsers. */
export interface CookieJar {
  /** Value of the Cookie header for a URL; empty when there is none. */
  header(url: URL): string;
  store(url: URL, response: Response): void;
  /** The cookie values for a URL, by name. */
  list(url: URL): ReadonlyMap<string, string>;
  clear(): void;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
}

/** Supports Path, Max-Age and Expires. A plain-http loopback host receives Secure cookies, as in browsers. */
export function createCookieJar(): CookieJar {
  const cookies = new Map<string, Cookie>();
  const matching = (url: URL): Cookie[] =>
    [...cookies.values()]
      .filter(({ host, path }) => host === url.hostname && covers(path, url.pathname))
      .toSorted((a, b) => b.path.length - a.path.length);
  return {
    header: (url) =>
      matching(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    store: (url, response) => {
      for (const line of response.headers.getSetCookie()) {
        const { cookie, hasEnded } = parseCookie(url, line);
        const key = [cookie.host, cookie.path, cookie.name].join('\n');
        if (hasEnded) cookies.delete(key);
        else cookies.set(key, cookie);
      }
    },
    list: (url) => new Map(matching(url).map(({ name, value }) => [name, value])),
    clear: () => {
      cookies.clear();
    },
  };
}

function parseCookie(url: URL, line: string): { cookie: Cookie; hasEnded: boolean } {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const [name, value] = splitAt(pair);
  const options = new Map(
    attributes.map((part) => splitAt(part)).map(([key, text]) => [key.toLowerCase(), text]),
  );
  const path = options.get('path') ?? url.pathname.replace(/\/[^/]*$/, '');
  const maxAge = options.get('max-age');
  const expires = options.get('expires');
  const hasEnded =
    maxAge === undefined
      ? expires !== undefined && Date.parse(expires) <= Date.now()
      : Number(maxAge) <= 0;
  return { cookie: { name, value, host: url.hostname, path: path === '' ? '/' : path }, hasEnded };
}

function splitAt(text: string): readonly [string, string] {
  const position = text.indexOf('=');
  return position < 0 ? [text, ''] : [text.slice(0, position), text.slice(position + 1)];
}

function covers(path: string, requested: string): boolean {
  return requested === path || requested.startsWith(path.endsWith('/') ? path : `${path}/`);
}
