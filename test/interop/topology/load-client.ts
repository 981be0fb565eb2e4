import type { Entry, Journal, Operation } from './journal.ts';

/** An app of the mixed load. */
export interface LoadApp {
  readonly clientId: string;
  /** Null: a public client, whose refresh tokens are rotated. */
  readonly clientSecret: string | null;
}

/** The response to a request of an app. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly sentAt: number;
}

/** Checks a response. @returns null if it is correct, else the problem. */
export type Check = (answer: Answer) => string | null;

/** The response was `unavailable` or `lost`, so the result of the request is unknown. It is in the journal. */
export class UnknownResult extends Error {}

/** Sends the requests of one virtual user and their app, and records each in the journal. */
export interface LoadClient {
  /** The operation that is recorded for following requests. */
  operation: Operation;
  /** For the browser: any response except an outage is `expected`, because the caller checks the page. @throws UnknownResult */
  readonly browse: typeof fetch;
  /** Posts a form as the app, with its secret. @throws UnknownResult */
  post(path: string, form: Readonly<Record<string, string>>, check: Check): Promise<Answer>;
  /** @throws UnknownResult */
  readUserInfo(accessToken: string, check: Check): Promise<Answer>;
  /** Records a wrong result. */
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

/** Creates a client whose first operation is `sign-in`. */
export function createLoadClient(input: LoadClientInput): LoadClient {
  const { number: user, app, url, journal } = input;

  /** Sends a request and records responses that are wrong for every operation. */
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
      throw new UnknownResult();
    }
    const { status, headers } = response;
    if (status < 500 && status !== 429) return { response, sentAt, note };
    const isUnavailable = status === 503 && headers.has('retry-after');
    const node = headers.get('x-answered-by') ?? 'nginx';
    const text = (await response.text()).slice(0, SHOWN_CHARACTERS);
    note(status, isUnavailable ? 'unavailable' : 'lost', `${node}: ${text}`);
    throw new UnknownResult();
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
