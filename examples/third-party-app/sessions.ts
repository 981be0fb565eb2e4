import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Attempt, Visit } from './relying-party.ts';

/** The state of one browser, in memory only. */
export interface Session {
  readonly id: string;
  readonly expiresAt: number;
  /** Unfinished sign-ins by `state`, because people open several tabs. */
  readonly attempts: Map<string, Attempt>;
  visit: Visit | null;
  notice: Notice | null;
}

/** One message for the next page. */
export interface Notice {
  readonly kind: 'good' | 'bad';
  readonly title: string;
  readonly text: string;
}

/** The sessions of browsers. */
export interface Sessions {
  find(request: IncomingMessage): Session | null;
  /** A new session under a new id; the old session is deleted (session fixation). */
  start(previous: Session | null): Session;
  end(session: Session): void;
  /** The Set-Cookie value for a session, or the one that removes it. */
  cookieFor(session: Session | null): string;
  /** Whether a person has signed in with this browser before. */
  hasBeenHere(request: IncomingMessage): boolean;
  readonly hasBeenHereCookie: string;
}

const lifetimeSeconds = 8 * 60 * 60;
const maxSessions = 5000;

/** Sessions in a Map. A shop with more than one process would keep them in a database. */
export function createSessions(options: { readonly isSecure: boolean }): Sessions {
  const sessions = new Map<string, Session>();
  const name = options.isSecure ? '__Host-bookshop' : 'bookshop';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${options.isSecure ? '; Secure' : ''}`;

  return {
    find(request) {
      const id = readCookie(request, name);
      const session = id === null ? undefined : sessions.get(id);
      return session !== undefined && session.expiresAt > Date.now() ? session : null;
    },
    start(previous) {
      if (previous !== null) sessions.delete(previous.id);
      // A Map keeps the order of insertion: the first one is the oldest.
      const oldest = sessions.keys().next().value;
      if (sessions.size >= maxSessions && oldest !== undefined) sessions.delete(oldest);
      const session: Session = {
        id: randomBytes(32).toString('base64url'),
        expiresAt: Date.now() + lifetimeSeconds * 1000,
        attempts: new Map(),
        visit: null,
        notice: null,
      };
      sessions.set(session.id, session);
      return session;
    },
    end(session) {
      sessions.delete(session.id);
    },
    cookieFor(session) {
      if (session === null) return `${name}=; ${attributes}; Max-Age=0`;
      return `${name}=${session.id}; ${attributes}; Max-Age=${String(lifetimeSeconds)}`;
    },
    hasBeenHere: (request) => readCookie(request, `${name}-known`) !== null,
    hasBeenHereCookie: `${name}-known=yes; ${attributes}; Max-Age=${String(365 * 24 * 60 * 60)}`,
  };
}

function readCookie(request: IncomingMessage, name: string): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const separator = pair.indexOf('=');
    if (pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim();
  }
  return null;
}
