import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';

/** One answer, read to its end. */
export interface Answer {
  readonly status: number;
  /** The target of a redirect or of a page with a `Refresh` header. */
  readonly location: string | null;
  readonly cookies: readonly string[];
  readonly type: string;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as a form. */
  readonly form?: URLSearchParams;
}

/**
 * Sends requests over connections that stay open, and never follows a redirect by itself. The request goes
 * to one server on this machine, also when the URL names another host, as through a proxy that ends TLS.
 */
export interface HttpDriver {
  send(request: HttpRequest): Promise<Answer>;
  close(): void;
}

export interface HttpDriverOptions {
  /** Where the server listens on 127.0.0.1. */
  readonly port: number;
  /** Maximum number of open sockets. */
  readonly connections: number;
}

export function createHttpDriver({ port, connections }: HttpDriverOptions): HttpDriver {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  return {
    send: async (request) => await send({ agent, port }, request),
    close: () => {
      agent.destroy();
    },
  };
}

/** @throws Error that shows the answer, when its status is not the expected one. */
export function expectStatus(answer: Answer, status: number, request: string): void {
  if (answer.status === status) return;
  const start = answer.body.slice(0, 400);
  throw new Error(`${request}: ${String(answer.status)}, expected ${String(status)}: ${start}`);
}

function send(
  { agent, port }: { agent: Agent; port: number },
  request: HttpRequest,
): Promise<Answer> {
  const body = request.form?.toString();
  const url = new URL(request.url);
  const headers: OutgoingHttpHeaders = {
    ...request.headers,
    host: url.host,
    'x-forwarded-for': '192.0.2.1',
    'x-forwarded-proto': url.protocol.slice(0, -1),
  };
  if (body !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    headers['content-length'] = Buffer.byteLength(body);
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port,
        path: url.pathname + url.search,
        method: request.method ?? (body === undefined ? 'GET' : 'POST'),
        headers,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? refreshTarget(response.headers),
            cookies: response.headers['set-cookie'] ?? [],
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function refreshTarget(headers: IncomingHttpHeaders): string | null {
  return /^0; url=(.+)$/.exec(String(headers['refresh'] ?? ''))?.[1] ?? null;
}
