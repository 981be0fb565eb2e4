import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** One request received by the provider. */
export interface CaughtRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A provider of text messages in a separate process, on 127.0.0.1. */
export interface SmsProvider {
  readonly url: string;
  /** The received requests so far, oldest first. */
  received(): Promise<readonly CaughtRequest[]>;
  /** Sets the response to the following requests: a status, or no response. */
  answerWith(answer: number | 'silence'): Promise<void>;
  stop(): Promise<void>;
}

type Command = { readonly list: true } | { readonly answer: number | 'silence' };

/** Starts a provider that accepts every message by default. */
export async function startSmsProvider(): Promise<SmsProvider> {
  const child = fork(fileURLToPath(import.meta.url), ['serve']);
  const [first] = (await once(child, 'message')) as [{ readonly port: number }];
  const send = async <T>(command: Command): Promise<T> => {
    const answered = once(child, 'message');
    child.send(command);
    return ((await answered) as [T])[0];
  };
  return {
    url: `http://127.0.0.1:${String(first.port)}`,
    received: () => send<readonly CaughtRequest[]>({ list: true }),
    answerWith: async (answer) => {
      await send({ answer });
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

function serve(): void {
  const caught: CaughtRequest[] = [];
  let answer: number | 'silence' = 202;
  const server = http.createServer((req, res) => {
    void text(req).then((body) => {
      caught.push({
        method: req.method ?? '',
        path: req.url ?? '',
        headers: req.headers as Record<string, string>,
        body,
      });
      if (answer === 'silence') return;
      // Providers often repeat the number; the server must not read it here.
      res.writeHead(answer, { 'content-type': 'application/json', location: '/elsewhere' });
      res.end(JSON.stringify({ error: `refused: ${body}` }));
    });
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
  process.on('message', (command: Command) => {
    if ('answer' in command) answer = command.answer;
    process.send?.('list' in command ? caught : 'done');
  });
  process.on('disconnect', () => {
    server.close();
    server.closeAllConnections();
  });
}

if (process.argv[2] === 'serve') serve();
