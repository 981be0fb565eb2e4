import type { IncomingMessage, ServerResponse } from 'node:http';

/** How many requests of one kind a node answers at a time, and for how many and how long further ones wait. */
export interface LineLimits {
  /** Requests whose body is still arriving do not count: they do no work yet. */
  readonly inFlight: number;
  readonly waiting: number;
  readonly waitMs: number;
}

/** A request that waits for its turn; at most one of `start` and `refuse` is called. */
export interface WaitingRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Begins to answer. */
  readonly start: () => void;
  /** Called instead of `start`, when there is no place in the line or when its turn did not come in time. */
  readonly refuse: () => void;
}

/** Requests whose body is still arriving cost memory and a connection: as a multiple of `inFlight`. */
const MOST_ARRIVING_FACTOR = 10;
const LOOK_EVERY_MS = 100;

/**
 * Starts a limited number of requests; further ones wait for their turn, in the order of their arrival. A request that waits
 * costs memory only, and none of its work is done when it has waited too long or its client hung up.
 */
export function createWaitingLine({ inFlight: most, waiting: mostWaiting, waitMs }: LineLimits) {
  const inFlight = new Set<IncomingMessage>();
  const waiting = new Map<WaitingRequest, number>();
  let timer: NodeJS.Timeout | undefined;

  const start = ({ req, res, start: answer }: WaitingRequest, onEnd: () => void): void => {
    inFlight.add(req);
    res.once('close', () => {
      inFlight.delete(req);
      onEnd();
    });
    answer();
  };

  /** Starts those whose turn it is, and refuses those that waited too long. */
  const advance = (): void => {
    const oldest = performance.now() - waitMs;
    for (const [request, since] of waiting) {
      const isLate = since < oldest;
      if (!isLate && isFull(inFlight, most)) break;
      waiting.delete(request);
      if (isLate) request.refuse();
      else start(request, advance);
    }
    if (waiting.size > 0) return void (timer ??= setInterval(advance, LOOK_EVERY_MS).unref());
    clearInterval(timer);
    timer = undefined;
  };

  return {
    enter(request: WaitingRequest): void {
      if (waiting.size === 0 && !isFull(inFlight, most)) return start(request, advance);
      if (waiting.size >= mostWaiting) return request.refuse();
      waiting.set(request, performance.now());
      request.res.once('close', () => waiting.delete(request));
      advance();
    },
    /** Starts a request at once, whatever the limits. */
    pass: (request: WaitingRequest): void => start(request, advance),
    inFlight: (): number => inFlight.size,
    waiting: (): number => waiting.size,
  };
}

/** Callers that send headers and hold back the body must not shut out all others. */
function isFull(inFlight: ReadonlySet<IncomingMessage>, most: number): boolean {
  if (inFlight.size < most) return false;
  if (inFlight.size >= most * (1 + MOST_ARRIVING_FACTOR)) return true;
  let complete = 0;
  for (const request of inFlight) {
    if (request.complete) complete += 1;
    if (complete >= most) return true;
  }
  return false;
}
