import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Caller, SessionCaller } from '../../src/http/routing/caller.ts';
import { createHttpApp, type HttpAppOptions } from '../../src/http/http-app.ts';
import { createHttpKit, type HttpKit } from '../../src/http/http-kit.ts';
import type { AnyRoute } from '../../src/http/routing/route.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { translator } from '../support/translations.ts';
import { UNLIMITED } from '../support/unlimited.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** The HTTP application behind a real socket, with callers chosen by the test. */
export interface OpenApp {
  readonly url: string;
  readonly kit: HttpKit;
  readonly log: LogLine[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The first visit of a browser. @returns its cookies and a form token. */
  visit(path?: string): Promise<{ readonly cookie: string; readonly token: string }>;
  close(): Promise<void>;
}

export interface OpenAppOptions extends Partial<Pick<HttpAppOptions, 'protocol' | 'rateLimiter'>> {
  readonly routes?: readonly AnyRoute[];
  readonly settings?: Partial<HttpSettings>;
  /** Callers by the value of the `x-test-caller` header. */
  readonly callers?: Readonly<Record<string, Caller>>;
}

export const NOW = new Date('2026-11-20T12:00:00Z');

/** A person who signed in a minute ago. */
export const ana: SessionCaller = {
  kind: 'person',
  via: 'session',
  accountId: 'ana',
  isAdministrator: false,
  sessionUid: 's1',
  authenticatedAt: new Date(NOW.getTime() - 60_000),
};

/** Starts the application on a free port of the loopback. */
export async function openApp(options: OpenAppOptions = {}): Promise<OpenApp> {
  const log: LogLine[] = [];
  const settings: HttpSettings = {
    issuer: 'http://id.example',
    trustedProxies: [],
    isDevelopment: true,
    cookieSecrets: [Buffer.alloc(32, 1)],
    clock: { now: () => NOW },
    ...options.settings,
  };
  const kit = createHttpKit({
    settings,
    translator,
    logger: recordingLogger(log),
    describeViewer: async ({ accountId, isAdministrator }) => ({
      name: accountId,
      picture: null,
      isAdministrator,
    }),
  });
  const app = createHttpApp({
    apiDocs: { title: 'A server', description: 'For tests.', sessionCookie: 'session' },
    kit,
    routes: options.routes ?? [],
    rateLimiter: options.rateLimiter ?? UNLIMITED,
    authenticateRequest: {
      identify: async (ctx) => options.callers?.[ctx.get('x-test-caller')] ?? { kind: 'anonymous' },
      signInUrl: (_ctx, { next, prompt }) =>
        `/auth?next=${encodeURIComponent(next)}&prompt=${String(prompt)}`,
    },
    ...(options.protocol !== undefined && { protocol: options.protocol }),
  });
  const serve = app.callback();
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const send = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, { redirect: 'manual', ...init });
  return {
    url,
    kit,
    log,
    fetch: send,
    visit: async (path = '/design') => browserState(await send(path)),
    close: () => closeServer(server),
  };
}

/** The request of an HTML form. */
export function formPost(
  fields: Readonly<Record<string, string>> | URLSearchParams,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields), headers };
}

/** The request of an API client. */
export function jsonPost(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  return {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  };
}

async function browserState(response: Response): Promise<{ cookie: string; token: string }> {
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const token = /name="_csrf" value="([^"]+)"/.exec(await response.text())?.[1] ?? '';
  return { cookie: cookies.join('; '), token };
}

function recordingLogger(log: LogLine[]): Logger {
  const at = (level: LogLine['level']) => (fields: object, message: string) => {
    log.push({ level, fields: fields as LogLine['fields'], message });
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
