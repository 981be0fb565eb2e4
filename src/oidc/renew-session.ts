import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';

import type { Account } from '../accounts/index.ts';
import { isAppError } from '../platform/app-error.ts';
import { sessionCookieName, sessionCookieOptions } from './configuration.ts';
import type { OidcContext } from './context.ts';
import type { SessionOfPerson } from './adapters/adapter-session-rotation.ts';
import { fromProviderError } from './provider-errors.ts';

type Session = InstanceType<Provider['Session']>;

export interface RenewSessionDeps extends Pick<OidcContext, 'sessions'> {
  readonly provider: () => Provider;
  readonly issuer: string;
}

interface RenewSessionInput {
  readonly session: Session;
  readonly stored: SessionOfPerson;
  readonly account: Account;
}

/**
 * Extends the session by a request to our own pages, as `/auth` does for requests of apps. The session of an account that has
 * become an administrator gets a new id, and the browser forgets it when it closes (OWASP ASVS 7.2.4).
 */
export async function renewSession(
  deps: RenewSessionDeps,
  ctx: Context,
  { session, stored, account }: RenewSessionInput,
): Promise<void> {
  const { isAdministrator } = account;
  const isPromoted = isAdministrator && stored.transient !== true;
  const seconds = deps.sessions.secondsLeft({ session: stored, isAdministrator });
  const row = await deps.sessions.findById(session.jti);
  if (row === null || (!isPromoted && deps.sessions.isKept(row, seconds))) return;
  if (isPromoted) {
    session.transient = true;
    session.resetIdentifier();
  }
  try {
    await fromProviderError(session.save(seconds));
  } catch (error) {
    // The page can be read in an outage. The next request extends the session.
    if (isAppError(error) && error.kind === 'unavailable') return;
    throw error;
  }
  writeCookie(deps, ctx, session);
}

function writeCookie({ provider, issuer }: RenewSessionDeps, ctx: Context, session: Session): void {
  const name = sessionCookieName({ issuer });
  const { cookies } = provider().createContext(ctx.req, ctx.res);
  const options = sessionCookieOptions({ issuer });
  cookies.secure = options.secure;
  const { exp } = session;
  const expires = session.transient === true || exp === undefined ? null : new Date(exp * 1000);
  cookies.set(name, session.jti, { ...options, ...(expires !== null && { expires }) });
}
