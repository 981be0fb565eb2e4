import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The target of the second redirect: another site, or an app on the device. */
export type Onward = 'web' | 'device';
export const ONWARD: readonly Onward[] = ['web', 'device'];

/** An app whose callbacks redirect to another host or to an app on the device. */
export interface OnwardApp {
  /** An origin of the same site as the server on localhost. */
  readonly origin: string;
  /** An origin of the same app at another site. */
  readonly foreignOrigin: string;
  callback(onward: Onward): string;
  /** The redirect address after a sign-out. */
  goodbye(onward: Onward): string;
  /** The target of the redirect of a callback. */
  landing(onward: Onward): string;
  /** Takes the method and parameters of the last callback request. @throws Error without one. */
  takeReceived(): { readonly method: string; readonly parameters: URLSearchParams };
  close(): Promise<void>;
}

const SCHEME = 'com.example.wanderer:/landed';

/** Starts the app on a free port of the loopback. */
export async function startOnwardApp(): Promise<OnwardApp> {
  const received: { method: string; parameters: URLSearchParams }[] = [];
  let port = 0;
  const landing = (onward: Onward): string =>
    onward === 'web' ? `http://127.0.0.1:${String(port)}/landed` : SCHEME;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, place, onward] = url.pathname.split('/');
    if (place !== 'callback' && place !== 'goodbye') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><title>Wanderer</title><h1>${url.pathname}</h1>`);
      return;
    }
    const parameters = new URLSearchParams(
      request.method === 'POST' ? await text(request) : url.searchParams,
    );
    received.push({ method: request.method ?? '', parameters });
    response.writeHead(302, { location: landing(onward as Onward) }).end();
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, resolve));
  port = (server.address() as AddressInfo).port;
  const origin = `http://localhost:${String(port)}`;
  return {
    origin,
    foreignOrigin: `http://127.0.0.1:${String(port)}`,
    callback: (onward) => `${origin}/callback/${onward}`,
    goodbye: (onward) => `${origin}/goodbye/${onward}`,
    landing,
    takeReceived: () => {
      const last = received.at(-1);
      received.length = 0;
      if (last === undefined) throw new Error('the callback received no request');
      return last;
    },
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
