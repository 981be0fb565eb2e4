import { isAppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import type { Sealer } from './encryption.ts';

interface Sealing {
  readonly transientSealer: Sealer;
  readonly clock: Clock;
}

interface Expiring {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The content of a ticket and its end. */
export type Ticket<Content extends object> = Content & Expiring;

/** Server state that the caller keeps, encrypted, authenticated and bound to its context, in base64url. The server stores nothing. */
export function sealTicket(
  { transientSealer, clock }: Sealing,
  context: string,
  { content, lifeMs }: { readonly content: object; readonly lifeMs: number },
): string {
  const ticket = { ...content, expiresAt: clock.now().getTime() + lifeMs };
  return transientSealer.seal(JSON.stringify(ticket), context).toString('base64url');
}

/**
 * Opens a ticket of {@link sealTicket}.
 * @returns null when it is too old, or was not sealed here for this context.
 * @throws AppError `unavailable` when the keys cannot be read: an outage does not end a ticket.
 */
export function openTicket<Content extends object>(
  { transientSealer, clock }: Sealing,
  context: string,
  text: string,
): Ticket<Content> | null {
  const ticket = readTicket<Content>(transientSealer, context, text);
  return ticket === null || ticket.expiresAt <= clock.now().getTime() ? null : ticket;
}

function readTicket<Content extends object>(
  sealer: Sealer,
  context: string,
  text: string,
): Ticket<Content> | null {
  try {
    const opened = sealer.open(Buffer.from(text, 'base64url'), context);
    return JSON.parse(opened.toString('utf8')) as Ticket<Content>;
  } catch (error) {
    if (isAppError(error)) throw error;
    return null;
  }
}
