import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { Logger } from '../platform/logger.ts';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

export interface DoorOptions {
  /** Further requests are refused until one of these has been answered. */
  readonly mostInFlight: number;
  readonly log: Logger;
}

/**
 * The first thing a request meets in this process. It refuses requests beyond a bound at once, because a node that is late
 * with everything answers nobody in time; and it lets connections end while the node stops.
 */
export interface Door {
  /** Lets the request in, or answers 503 with Retry-After. */
  enter(req: IncomingMessage, res: ServerResponse, answer: Answer): void;
  /** From now on no connection is kept for a further request. */
  startStopping(): void;
  /** Stops listening and settles when the last request is answered; cuts off what still runs after `graceMs`. */
  close(server: Server, graceMs: number): Promise<void>;
  /** Requests that are being answered. */
  inFlight(): number;
  /** Requests refused since the start. */
  refused(): number;
}

/** Operators and proxies look here, most of all when the node is busy. */
const ALWAYS_OPEN = new Set(['/health/live', '/health/ready', '/metrics']);
const RETRY_AFTER_SECONDS = 1;
const REPORT_EVERY_MS = 10_000;

export function createDoor({ mostInFlight, log }: DoorOptions): Door {
  const state = { inFlight: 0, refused: 0, reported: 0, reportedAt: -Infinity, isStopping: false };

  const report = (): void => {
    state.refused += 1;
    if (performance.now() - state.reportedAt < REPORT_EVERY_MS) return;
    const refused = state.refused - state.reported;
    log.warn({ refused, inFlight: state.inFlight, mostInFlight }, 'overloaded: requests refused');
    Object.assign(state, { reported: state.refused, reportedAt: performance.now() });
  };

  return Object.freeze({
    enter: (req: IncomingMessage, res: ServerResponse, answer: Answer) => {
      // The proxy opens its next connection to a node that stays.
      if (state.isStopping) res.setHeader('Connection', 'close');
      if (state.inFlight >= mostInFlight && !ALWAYS_OPEN.has(req.url ?? '')) {
        report();
        refuse(req, res);
        return;
      }
      state.inFlight += 1;
      res.once('close', () => {
        state.inFlight -= 1;
        // The connection was in use when the stop began and is idle now.
        if (state.isStopping) res.req.socket.destroySoon();
      });
      answer(req, res);
    },
    startStopping: () => {
      state.isStopping = true;
    },
    close: async (server: Server, graceMs: number) => {
      state.isStopping = true;
      if (!server.listening) return;
      const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      clearTimeout(cutOff);
    },
    inFlight: () => state.inFlight,
    refused: () => state.refused,
  });
}

/** In the terms of the protocol (RFC 6749 5.2) and of our APIs (RFC 9457), without any work. */
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
