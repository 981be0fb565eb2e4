import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from '../../platform/logger.ts';
import { watchForStandstill } from './standstill.ts';
import { createWaitingLine, type LineLimits, type WaitingRequest } from './waiting-line.ts';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Operators and proxies send requests here, most of all when the node is busy. */
const ALWAYS_OPEN = new Set(['/health/live', '/health/ready', '/metrics']);
const RETRY_AFTER_SECONDS = 1;
const REPORT_EVERY_MS = 10_000;
/** Shorter than the time-out of the proxy (`deploy/nginx`), so that no request is executed that the proxy no longer waits for. */
const STOOD_STILL_MS = 5_000;
/** Long enough for a proxy under load to notice the refusals, shorter than its memory of them (`fail_timeout` in `deploy/nginx`). */
const HAND_OVER_MS = 1_000;
/** Sent by `deploy/nginx`: "safe 502". */
const RETRIES_HEADER = 'x-proxy-retries';
const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Receives every request before any other code of this process. It answers a bounded number of requests at a time and lets further
 * ones wait. Requests of programs at the protocol endpoints, which are short, do not wait behind pages, which are not. It refuses
 * - requests for which no place to wait is left, at once, and those that waited too long, because an overloaded node answers no request in time;
 * - requests that waited while this process was suspended or busy: the proxy no longer waits for them, and their callers may have repeated them;
 * - safe requests that the proxy will repeat at another node, when this node is about to close.
 * It lets connections end while the node stops.
 */
export function createAdmission({ log, ...options }: LineOptions & { readonly log: Logger }) {
  const lines = createLines(options);
  const { limits } = options;
  const { inFlight, waiting } = lines;
  const state = { isStopping: false, isHandingOver: false, isClosing: false };
  const standstill = watchForStandstill({ limitMs: STOOD_STILL_MS, log });
  const refusals = countRefusals((refused) =>
    log.warn(
      { refused, inFlight: inFlight(), waiting: waiting(), limits },
      'overloaded: requests refused',
    ),
  );

  return {
    /** Lets the request in, at once or when its turn comes, or answers 503 with Retry-After. */
    admit(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
      // The proxy opens its next connection to a node that stays.
      if (state.isStopping) res.setHeader('Connection', 'close');
      if (standstill.isRecent()) return refuse(req, res);
      if (state.isHandingOver && isRepeatedElsewhere(req)) return void res.writeHead(502).end();
      // Not earlier: the proxy may just be sending the next request on a connection that was not announced to close.
      res.once('close', () => {
        if (state.isClosing) res.req.socket.destroySoon();
      });
      lines.enter(req, {
        res,
        start: () => answer(req, res),
        refuse: () => {
          refusals.add();
          refuse(req, res);
        },
      });
    },

    /**
     * Continues to serve for the given time without keeping connections. After that, for a second, a proxy that announces it
     * repeats safe requests elsewhere, so that it opens no connection to a closing node. With 0 it does not wait.
     */
    async drain(seconds: number): Promise<void> {
      state.isStopping = true;
      if (seconds === 0) return;
      await sleep(seconds * 1000);
      state.isHandingOver = true;
      await sleep(HAND_OVER_MS);
    },

    /** Stops listening and settles when the last request is answered; cuts off requests that still run after `graceMs`. */
    async close(server: Server, graceMs: number): Promise<void> {
      Object.assign(state, { isStopping: true, isClosing: true });
      if (!server.listening) return;
      const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      clearTimeout(cutOff);
      standstill.stop();
    },

    /** Requests that are being answered. */
    inFlight,
    /** Requests that wait for their turn. */
    waiting,
    /** Requests refused since the start. */
    refused: refusals.count,
  };
}

export type Admission = ReturnType<typeof createAdmission>;

interface LineOptions {
  /** Of each of the two kinds of requests. */
  readonly limits: LineLimits;
  readonly isForPrograms: (req: IncomingMessage) => boolean;
}

function createLines({ limits, isForPrograms }: LineOptions) {
  const programs = createWaitingLine(limits);
  const others = createWaitingLine(limits);
  return {
    enter(req: IncomingMessage, request: Omit<WaitingRequest, 'req'>): void {
      if (ALWAYS_OPEN.has(req.url ?? '')) others.pass({ req, ...request });
      else (isForPrograms(req) ? programs : others).enter({ req, ...request });
    },
    inFlight: (): number => programs.inFlight() + others.inFlight(),
    waiting: (): number => programs.waiting() + others.waiting(),
  };
}

/** Counts refused requests and reports the new ones at most once every {@link REPORT_EVERY_MS}. */
function countRefusals(report: (refused: number) => void) {
  const state = { count: 0, reported: 0, reportedAt: -Infinity };
  return {
    add(): void {
      state.count += 1;
      if (performance.now() - state.reportedAt < REPORT_EVERY_MS) return;
      report(state.count - state.reported);
      Object.assign(state, { reported: state.count, reportedAt: performance.now() });
    },
    count: (): number => state.count,
  };
}

function isRepeatedElsewhere({ method, headers }: IncomingMessage): boolean {
  return SAFE_METHODS.has(method ?? '') && headers[RETRIES_HEADER] === 'safe 502';
}

/** In the terms of the protocol (RFC 6749 §5.2) and of our APIs (RFC 9457), composed once. */
const PROBLEM = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  code: 'overloaded',
  error: 'temporarily_unavailable',
  error_description: 'the server is busy, try again shortly',
});

function refuse(req: IncomingMessage, res: ServerResponse): void {
  const isForPerson = (req.headers.accept ?? '').includes('text/html');
  res.writeHead(503, {
    'Cache-Control': 'no-store',
    'Content-Type': isForPerson ? 'text/plain; charset=utf-8' : 'application/problem+json',
    'Retry-After': String(RETRY_AFTER_SECONDS),
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(isForPerson ? 'The server is busy. Please try again in a few seconds.\n' : PROBLEM);
}
