import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

import { expect } from 'chai';

import { answerBrokenRequests } from '../../src/http/arrival/broken-requests.ts';
import { openApp, type OpenApp } from './open-app.ts';

const SECRET = 'do-not-reveal-4711';

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

describe('A request that Node refuses', () => {
  let app: OpenApp;
  let server: http.Server;

  before(async () => {
    app = await openApp();
    const limits = { connectionsCheckingInterval: 50, headersTimeout: 300, requestTimeout: 600 };
    server = http.createServer(limits, (request, response) => {
      request.resume();
      request.on('end', () => response.end('read'));
    });
    answerBrokenRequests(server, { requestLog: app.kit.requestLog, isHttps: true });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.close();
  });

  /** Sends raw bytes, and reads until the server ends the connection. */
  async function send(text: string): Promise<RawAnswer> {
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    await once(socket, 'close');
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const [first = '', ...lines] = head.split('\r\n');
    const headers = lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')] as const;
    });
    return {
      status: Number(first.split(' ')[1]),
      headers: Object.fromEntries(headers),
      text: body,
    };
  }

  const HOST = 'Host: localhost\r\n';
  for (const [status, code, text] of [
    [400, 'request_malformed', `GET / HTTP/9.9\r\n${HOST}X: ${SECRET}\r\n\r\n`],
    [400, 'request_malformed', `GET / HTTP/1.1\r\n${HOST}Bad Header: ${SECRET}\r\n\r\n`],
    [400, 'request_malformed', `${SECRET}\r\n\r\n`],
    [408, 'request_timeout', `GET /${SECRET} HTTP/1.1\r\n${HOST}X: ${SECRET}`],
    [408, 'request_timeout', `POST / HTTP/1.1\r\n${HOST}Content-Length: 50\r\n\r\n${SECRET}`],
    [
      417,
      'expectation_failed',
      `POST / HTTP/1.1\r\n${HOST}Expect: ${SECRET}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    ],
    [431, 'headers_too_large', `GET / HTTP/1.1\r\n${HOST}X: ${SECRET.repeat(2_000)}\r\n\r\n`],
  ] as const) {
    it(`gets a ${String(status)} problem document: ${JSON.stringify(text.slice(0, 40))}`, async () => {
      const answer = await send(text);
      expect(answer.status).to.equal(status);
      expect(answer.headers).to.include({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        connection: 'close',
      });
      expect(answer.headers).to.include.keys('strict-transport-security', 'x-request-id');
      const problem = JSON.parse(answer.text) as Record<string, unknown>;
      expect(problem).to.include({ status, code, type: 'about:blank' });
      expect(problem['requestId']).to.equal(answer.headers['x-request-id']);
      expect(JSON.stringify(answer)).not.to.include(SECRET);
    });
  }

  it('has one log line without its content', async () => {
    const before = app.log.length;
    await send(`GET / HTTP/1.1\r\n${HOST}X: ${SECRET.repeat(2_000)}\r\n\r\n`);
    const lines = app.log.slice(before);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'info', message: 'request' });
    expect(lines[0]?.fields).to.include({ status: 431 });
    expect(JSON.stringify(lines)).not.to.include(SECRET);
  });
});
