import type { Logger } from '../platform/logger.ts';

/** A text message as it goes out. */
export interface AddressedSms {
  readonly to: string;
  readonly text: string;
  /** The same at every attempt, so that a provider can drop a second copy. */
  readonly messageId: string;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Takes text messages away. */
export interface SmsTransport {
  /** True when messages do not leave: they are kept for the outbox page. */
  readonly keepsMessages: boolean;
  /** @throws SmsFailure when it was not taken. */
  send(sms: AddressedSms): Promise<void>;
}

/** The reason why a message was not accepted. It contains no number and no text, for every answer of the provider. */
export class SmsFailure extends Error {
  /** Another attempt would be refused as well. */
  readonly isFinal: boolean;

  constructor(reason: string, options: { isFinal: boolean; cause?: unknown }) {
    super(reason, { cause: options.cause });
    this.name = 'SmsFailure';
    this.isFinal = options.isFinal;
  }
}

export interface HttpSmsOptions {
  readonly url: string;
  /** A header that proves who we are, as `Authorization: Bearer ...`; null sends none. */
  readonly secretHeader: { readonly name: string; readonly value: string } | null;
  /** Sender name or number, for `{from}`. */
  readonly from: string;
  /** JSON whose texts may hold `{to}`, `{text}`, `{from}` and `{id}`. */
  readonly body: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
// Worth another attempt: a slow request, a conflict with one under way, too early, too many.
const PASSING = new Set([408, 409, 425, 429]);

/**
 * Posts each message as JSON to a provider. Any 2xx means taken. Repeating is the caller's: a refusal (4xx) or a redirect is final, anything
 * else may pass. Redirects are not followed, because the secret would follow them.
 * @throws Error when `body` is not JSON.
 */
export function createHttpSmsTransport(options: HttpSmsOptions): SmsTransport {
  const { url, secretHeader, from, timeoutMs = TIMEOUT_MS } = options;
  const shape = JSON.parse(options.body) as unknown;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(secretHeader !== null && { [secretHeader.name]: secretHeader.value }),
  };
  return Object.freeze({
    keepsMessages: false,
    send: async ({ to, text, messageId, signal }: AddressedSms) => {
      const body = JSON.stringify(fill(shape, { to, text, from, id: messageId }));
      const response = await post(url, {
        headers,
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (response.ok) return;
      const { status } = response;
      const isFinal = status >= 300 && status < 500 && !PASSING.has(status);
      throw new SmsFailure(`the provider answered ${String(status)}`, { isFinal });
    },
  });
}

const NO_ANSWER = 'no answer in time';
const NOT_REACHED = 'the provider cannot be reached';

/**
 * Did a message wait because of the provider, and not because of its own number or a limit?
 * @param reason message of a {@link SmsFailure}.
 */
export function isSmsOutage(reason: string): boolean {
  return reason === NO_ANSWER || reason === NOT_REACHED || /answered 5\d\d$/.test(reason);
}

/** For development without a provider: messages stay readable on the outbox page, and their text is logged. */
export function createOutboxSmsTransport(options: {
  logger: Logger;
  pageUrl: string;
}): SmsTransport {
  return Object.freeze({
    keepsMessages: true,
    send: async ({ to, text }: AddressedSms) => {
      options.logger.info({}, `SMS to ${to}: "${text}" (read it at ${options.pageUrl})`);
    },
  });
}

interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

async function post(
  url: string,
  { headers, body, signal }: Posting,
): Promise<{ readonly ok: boolean; readonly status: number }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body,
      signal,
    });
    // The provider's answer can contain the number, so it is not read.
    await response.body?.cancel();
    return response;
  } catch (cause) {
    const isLate = signal.aborted;
    throw new SmsFailure(isLate ? NO_ANSWER : NOT_REACHED, {
      isFinal: false,
      cause,
    });
  }
}

type Values = Readonly<Record<'to' | 'text' | 'from' | 'id', string>>;

function fill(shape: unknown, values: Values): unknown {
  if (typeof shape === 'string') {
    return shape.replace(/\{(to|text|from|id)\}/g, (_, name: keyof Values) => values[name]);
  }
  if (Array.isArray(shape)) return shape.map((part) => fill(part, values));
  if (typeof shape !== 'object' || shape === null) return shape;
  return Object.fromEntries(
    Object.entries(shape).map(([name, part]) => [name, fill(part, values)]),
  );
}
