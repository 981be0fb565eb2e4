import { once } from 'node:events';
import net from 'node:net';

import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode, type ServerNode } from '../support/servers/node.ts';

const SECRET = 'do-not-log-4711';
const HEAD = (path: string, length: string): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Cookie: consentry-session=${SECRET}`,
    `Authorization: Bearer ${SECRET}`,
    length,
    '',
    '',
  ].join('\r\n');
const PATHS = ['/preferences/locale', '/token', '/session/end/confirm', '/api/v1/receipts/verify'];

describe('The log of a server process', function () {
  // Starts a separate process.
  this.timeout(60_000);
  let database: TestDatabase;
  let node: ServerNode;

  before(async () => {
    database = await createTestDatabase();
    node = await startNode({
      databaseUrl: database.url,
      env: { LOG_LEVEL: 'info', PROVED_CONTROL_WINS: 'false' },
    });
  });
  after(async () => {
    await node.kill();
    await database.drop();
  });

  /** Sends raw bytes. @returns the bytes received until the connection ended. */
  async function send(text: string, { aborts = false } = {}): Promise<string> {
    const socket = net.connect(Number(new URL(node.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    if (aborts) setTimeout(() => socket.resetAndDestroy(), 100);
    await once(socket, 'close');
    return answer;
  }

  it('has one line without content for each aborted or malformed request, and no error', async () => {
    for (const path of PATHS) {
      await send(`${HEAD(path, 'Content-Length: 500')}password=${SECRET}`, { aborts: true });
      const chunked = HEAD(path, 'Transfer-Encoding: chunked');
      await send(`${chunked}zz\r\npassword=${SECRET}\r\n`);
    }
    await send(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    await fetch(`${node.url}/auth?client_id=nobody`);
    expect(await node.stop()).to.equal(0);

    const lines = node.output().split('\n').filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.filter(({ level }) => level === 'error')).to.deep.equal([]);
    expect(node.output()).not.to.include(SECRET);
    expect(entries.filter(({ level }) => level === 'warn').map(({ msg }) => msg)).to.include(
      'PROVED_CONTROL_WINS is the former name of TRANSFER_PROVEN_ADDRESSES: rename the setting',
    );
    const requests = entries.filter(({ msg }) => msg === 'request');
    for (const path of PATHS) {
      const ofPath = requests.filter(({ route }) => route === path);
      expect(ofPath, path).to.have.length(2);
    }
    expect(requests.filter(({ status }) => status === 431)).to.have.length(1);
  });
});
