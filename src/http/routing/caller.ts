import type { Context } from 'koa';

/** A caller without an identity. */
interface AnonymousCaller {
  readonly kind: 'anonymous';
}

interface Person {
  readonly kind: 'person';
  readonly accountId: string;
  readonly isAdministrator: boolean;
}

/** A person at one of our own pages, identified by the session cookie. */
export interface SessionCaller extends Person {
  readonly via: 'session';
  readonly sessionUid: string;
  /** The last proof of identity; null when it lacked a step that the account has. */
  readonly authenticatedAt: Date | null;
}

/** An app that acts for the person, with an access token that has account permissions. */
export interface TokenCaller extends Person {
  readonly via: 'token';
  readonly clientId: string;
  readonly grantId: string;
  readonly scopes: ReadonlySet<string>;
  readonly authenticatedAt: Date | null;
}

/** A third-party app with a token of one grant; it receives released values only. */
export interface AppCaller {
  readonly kind: 'app';
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string;
  readonly scopes: ReadonlySet<string>;
  readonly requestedClaims: readonly string[];
}

export type PersonCaller = SessionCaller | TokenCaller;

/** The sender of the request. */
export type Caller = AnonymousCaller | PersonCaller | AppCaller;

/** The callers that a route accepts. `scope` on the route narrows tokens further. */
export type Access = 'public' | 'person' | 'person_or_app' | 'administrator';

/** The caller as a handler receives it, after `access` was checked. */
export type CallerFor<A extends Access> = A extends 'public'
  ? Caller
  : A extends 'person'
    ? PersonCaller
    : A extends 'person_or_app'
      ? PersonCaller | AppCaller
      : PersonCaller & { readonly isAdministrator: true };

/** The caller as a page handler receives it: pages require a session. */
export type PageCallerFor<A extends PageAccess> = A extends 'public'
  ? AnonymousCaller | SessionCaller
  : A extends 'person'
    ? SessionCaller
    : SessionCaller & { readonly isAdministrator: true };

/** Pages have no access for apps: those use the API. */
export type PageAccess = Exclude<Access, 'person_or_app'>;

export interface SignInOptions {
  /** Path and query to come back to; always one of our own. */
  readonly next: string;
  /**
   * `login`: the person enters the proof of identity again. The caller has decided that the last one is too old; a `max_age` would
   * let the protocol decide once more by another clock, and two opposite decisions redirect the browser for ever.
   */
  readonly prompt?: 'login' | 'create';
}

/** Identifies callers. Implemented by the protocol side and passed in by `app.ts`. */
export interface RequestAuthenticator {
  /**
   * An invalid session or token is `anonymous`.
   * @throws AppError `unavailable` when the identity cannot be looked up.
   */
  identify(ctx: Context): Promise<Caller>;
  signInUrl(ctx: Context, options: SignInOptions): string;
}
