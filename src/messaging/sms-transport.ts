import { type MessageTransport, RefusedMessage } from './message-transport.ts';

interface HttpSmsOptions {
  readonly url: string;
  /** A header that authenticates this server, as `Authorization: Bearer ...`; null sends none. */
  readonly secretHeader: { readonly name: string; readonly value: string } | null;
  /** Sender name or number, for `{from}`. */
  readonly from: string;
  /** JSON whose texts may contain `{to}`, `{text}`, `{from}` and `{id}`. */
  readonly body: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Statuses after which another attempt can succeed: time-out, conflict, too early, too many requests. */
const TRANSIENT = new Set([408, 409, 425, 429]);
const NO_ANSWER = 'no answer in time';
const NOT_REACHED = 'the provider cannot be reached';

/**
 * Posts each message as JSON to a provider. Any 2xx means accepted. A refusal (4xx) or a redirect is final; after anything else the job
 * tries again. Redirects are not followed, because they would receive the secret.
 * @throws Error when `body` is not JSON.
 */
export function createHttpSmsTransport(options: HttpSmsOptions): MessageTransport<string> {
  const { url, secretHeader, from, timeoutMs = TIMEOUT_MS } = options;
  const template = JSON.parse(options.body) as unknown;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(secretHeader !== null && { [secretHeader.name]: secretHeader.value }),
  };
  return {
    keepsMessages: false,
    async send({ to, content: text, messageId, signal }) {
      const status = await post(url, {
        headers,
        body: JSON.stringify(fill(template, { to, text, from, id: messageId })),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (status >= 200 && status < 300) return;
      const reason = `the provider answered ${String(status)}`;
      if (status >= 300 && status < 500 && !TRANSIENT.has(status)) throw new RefusedMessage(reason);
      throw failure(reason);
    },
    isOutage: (reason) =>
      reason === NO_ANSWER || reason === NOT_REACHED || /answered 5\d\d$/.test(reason),
    close: () => undefined,
  };
}

interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** @returns the status of the answer. */
async function post(url: string, request: PostRequest): Promise<number> {
  try {
    const response = await fetch(url, { method: 'POST', redirect: 'manual', ...request });
    // The provider's answer can contain the number, so it is not read.
    await response.body?.cancel();
    return response.status;
  } catch (cause) {
    throw failure(request.signal.aborted ? NO_ANSWER : NOT_REACHED, cause);
  }
}

/** A failure after which another attempt can succeed. Its code contains no number and no text. */
function failure(code: string, cause?: unknown): Error {
  return Object.assign(new Error(code, { cause }), { code });
}

/** A text message in one line of the development log. */
export function describeSms(to: string, text: string): string {
  return `SMS to ${to}: "${text}"`;
}

type Values = Readonly<Record<'to' | 'text' | 'from' | 'id', string>>;

function fill(template: unknown, values: Values): unknown {
  if (typeof template === 'string') {
    return template.replace(/\{(to|text|from|id)\}/g, (_, name: keyof Values) => values[name]);
  }
  if (Array.isArray(template)) return template.map((part) => fill(part, values));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, part]) => [name, fill(part, values)]),
  );
}
