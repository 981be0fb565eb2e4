import type { Entry, Journal, Operation } from './journal.ts';

/** An app as the mixed load uses it. */
export interface LoadApp {
  readonly clientId: string;
  /** Null: a public app, whose refresh tokens are rotated. */
  readonly clientSecret: string | null;
}

/** The answer to a request of an app. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly sentAt: number;
}

/** Null: the answer fits. Else the promise that it breaks. */
export type Check = (answer: Answer) => string | null;

/** The request got no answer that decides anything: unavailable or lost. It is in the journal. */
export class Undecided extends Error {}

/** Sends the requests of one virtual user and their app, and writes each of them into the journal. */
export interface LoadClient {
  /** For the journal, from now on. */
  operation: Operation;
  /** For the browser: any answer but an outage is as expected, because the page decides. @throws Undecided */
  readonly browse: typeof fetch;
  /** A form of the app, with its secret. @throws Undecided */
  post(path: string, form: Readonly<Record<string, string>>, check: Check): Promise<Answer>;
  /** @throws Undecided */
  readUserInfo(accessToken: string, check: Check): Promise<Answer>;
  /** Records an event that breaks a promise. */
  wrong(detail: string): void;
}

export interface LoadClientInput {
  readonly number: number;
  readonly app: LoadApp;
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly journal: Journal;
}

const REQUEST_TIMEOUT_MS = 40_000;
const SHOWN_CHARACTERS = 200;

/** Makes a client that begins with the operation `sign-in`. */
export function createLoadClient(input: LoadClientInput): LoadClient {
  const { number: user, app, url, journal } = input;

  /** Judges an answer as far as that does not depend on the operation. */
  const send = async (target: URL, init: RequestInit) => {
    const sentAt = performance.now();
    const request = `${init.method ?? 'GET'} ${target.pathname}`;
    const note = (status: number | null, verdict: Entry['verdict'], detail = ''): void => {
      const answeredAt = performance.now();
      const { operation } = client;
      journal.record({ user, operation, request, sentAt, answeredAt, status, verdict, detail });
    };
    let response: Response;
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      response = await input.fetch(target, { ...init, signal, redirect: 'manual' });
    } catch (error) {
      note(null, 'lost', String(error));
      throw new Undecided();
    }
    const { status, headers } = response;
    if (status < 500 && status !== 429) return { response, sentAt, note };
    const isUnavailable = status === 503 && headers.has('retry-after');
    const node = headers.get('x-answered-by') ?? 'nginx';
    const text = (await response.text()).slice(0, SHOWN_CHARACTERS);
    note(status, isUnavailable ? 'unavailable' : 'lost', `${node}: ${text}`);
    throw new Undecided();
  };

  const call = async (path: string, init: RequestInit, check: Check): Promise<Answer> => {
    const { response, sentAt, note } = await send(new URL(path, url), init);
    const { status } = response;
    const text = await response.text();
    const body = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {};
    const answer = { status, body, sentAt };
    const problem = check(answer);
    if (problem === null) note(status, 'expected');
    else note(status, 'wrong', `${problem}: ${text.slice(0, SHOWN_CHARACTERS)}`);
    return answer;
  };

  const client: LoadClient = {
    operation: 'sign-in',
    browse: async (target, init) => {
      const { url: href } = new Request(target);
      const { response, note } = await send(new URL(href), init ?? {});
      note(response.status, 'expected');
      return response;
    },
    post: (path, form, check) => {
      const { clientId, clientSecret } = app;
      if (clientSecret === null) {
        const body = new URLSearchParams({ ...form, client_id: clientId });
        return call(path, { method: 'POST', body }, check);
      }
      const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
      const headers = { authorization: `Basic ${credentials}` };
      return call(path, { method: 'POST', headers, body: new URLSearchParams(form) }, check);
    },
    readUserInfo: (accessToken, check) =>
      call('/userinfo', { headers: { authorization: `Bearer ${accessToken}` } }, check),
    wrong: (detail) => {
      const now = performance.now();
      const times = { sentAt: now, answeredAt: now, status: null };
      const { operation } = client;
      journal.record({ ...times, user, operation, request: 'page', verdict: 'wrong', detail });
    },
  };
  return client;
}
