import { connect } from 'node:net';

/** One request as bytes on the wire. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** Lines such as `Authorization: Bearer x`, in this order. `Host` and `Connection: close` are added. */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Default: the length of the body, when there is one. Null: the header is left out. */
  readonly contentLength?: number | null;
  readonly version?: '1.0' | '1.1';
}

/** An answer as bytes on the wire. */
export interface RawAnswer {
  readonly head: string;
  readonly body: string;
}

/** Sends one request on a connection of its own. @throws Error when the connection fails. */
export async function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const text = await exchange(port, textOf(request));
  const end = text.indexOf('\r\n\r\n');
  return { head: text.slice(0, end), body: text.slice(end + 4) };
}

/** Sends bytes and reads until the server closes the connection. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

export function textOf(request: RawRequest): string {
  const { method = 'GET', path, headers = [], body = '', version = '1.1' } = request;
  const length = request.contentLength === undefined ? body.length : request.contentLength;
  const hasLength = length !== null && (request.contentLength !== undefined || body !== '');
  const lines = [
    `${method} ${path} HTTP/${version}`,
    'Host: id.example.org',
    'Connection: close',
    ...headers,
    ...(hasLength ? [`Content-Length: ${String(length)}`] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
