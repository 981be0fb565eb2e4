import { isAppError } from '../../platform/app-error.ts';
import type { OidcContext } from '../context.ts';
import { nowInSeconds } from '../fast-path/live-access.ts';
import type { GatewaySite } from './gateway-site.ts';

/** The sign-in of a person at the site of a gateway. Its cookie holds it, sealed; nothing is stored here. */
export interface GatewaySession {
  readonly accountId: string;
  readonly grantId: string;
  readonly sessionUid: string;
  readonly scope: string;
  readonly acr: string | null;
  /** Seconds since 1970, like all times of cookies. */
  readonly authTime: number | null;
  readonly iat: number;
}

/** A sign-in that a browser has started and not finished. */
export interface SignInAttempt {
  readonly state: string;
  readonly codeVerifier: string;
  /** The path to return to. */
  readonly to: string;
}

interface GatewayPlace {
  readonly clientId: string;
  readonly site: GatewaySite;
}

/**
 * Then the browser is sent through the sign-in again, which needs no page while the session at this server is live. The
 * transient keys are destroyed later.
 */
const SESSION_SECONDS = 43_200;
const ATTEMPT_SECONDS = 3_600;
const LONGEST_VALUE = 4_000;
const STATE_IN_NAME = 12;

/** The `Set-Cookie` value of a sign-in at the site. */
export function writeSession(
  ctx: Pick<OidcContext, 'transientSealer'>,
  place: GatewayPlace,
  session: GatewaySession,
): string {
  const value = seal(ctx, sessionContext(place), {
    ...session,
    exp: session.iat + SESSION_SECONDS,
  });
  return setCookie(place.site, { name: SESSION_NAME, value, seconds: SESSION_SECONDS });
}

/** The sign-in that a request shows. Null without one, after its time, and for one of another gateway. */
export function readSession(
  ctx: Pick<OidcContext, 'transientSealer'>,
  place: GatewayPlace,
  cookies: string | undefined,
): GatewaySession | null {
  const value = valueOf(cookies, nameAt(place.site, SESSION_NAME));
  const content = value === null ? null : open(ctx, sessionContext(place), value);
  return content as GatewaySession | null;
}

/** The `Set-Cookie` value that removes the sign-in from the browser. */
export function forgetSession({ site }: Pick<GatewayPlace, 'site'>): string {
  return setCookie(site, { name: SESSION_NAME, value: '', seconds: 0 });
}

/** The `Set-Cookie` value of a sign-in that starts. Each has a cookie of its own, so that two tabs do not disturb each other. */
export function writeAttempt(
  ctx: Pick<OidcContext, 'transientSealer'>,
  place: GatewayPlace,
  attempt: SignInAttempt,
): string {
  const content = { ...attempt, exp: nowInSeconds() + ATTEMPT_SECONDS };
  const value = seal(ctx, attemptContext(place, attempt.state), content);
  return setCookie(place.site, {
    name: attemptName(attempt.state),
    value,
    seconds: ATTEMPT_SECONDS,
  });
}

/** The started sign-in with this state, if the same browser started it at the same gateway. */
export function readAttempt(
  ctx: Pick<OidcContext, 'transientSealer'>,
  place: GatewayPlace,
  { cookies, state }: { readonly cookies: string | undefined; readonly state: string },
): SignInAttempt | null {
  const value = valueOf(cookies, nameAt(place.site, attemptName(state)));
  const content = value === null ? null : open(ctx, attemptContext(place, state), value);
  return content as SignInAttempt | null;
}

/** The `Set-Cookie` value that removes a started sign-in. */
export function forgetAttempt({ site }: Pick<GatewayPlace, 'site'>, state: string): string {
  return setCookie(site, { name: attemptName(state), value: '', seconds: 0 });
}

const SESSION_NAME = 'consentry-gateway';

function attemptName(state: string): string {
  return `consentry-sign-in-${state.slice(0, STATE_IN_NAME)}`;
}

function sessionContext({ clientId }: GatewayPlace): string {
  return `gateway-session:${clientId}`;
}

function attemptContext({ clientId }: GatewayPlace, state: string): string {
  return `gateway-sign-in:${clientId}:${state}`;
}

/** Over TLS with the prefix that binds a cookie to its host (RFC 6265bis §4.1.3.2). */
function nameAt({ isSecure }: GatewaySite, name: string): string {
  return isSecure ? `__Host-${name}` : name;
}

interface NewCookie {
  readonly name: string;
  readonly value: string;
  readonly seconds: number;
}

function setCookie(site: GatewaySite, { name, value, seconds }: NewCookie): string {
  const secure = site.isSecure ? 'Secure; ' : '';
  const end = `Path=/; HttpOnly; ${secure}SameSite=Lax; Max-Age=${String(seconds)}`;
  return `${nameAt(site, name)}=${value}; ${end}`;
}

function valueOf(cookies: string | undefined, name: string): string | null {
  const start = `${name}=`;
  const pair = cookies?.split(/; */).find((one) => one.startsWith(start));
  const value = pair?.slice(start.length) ?? '';
  return value !== '' && value.length <= LONGEST_VALUE && /^[\w-]+$/.test(value) ? value : null;
}

function seal(
  { transientSealer }: Pick<OidcContext, 'transientSealer'>,
  context: string,
  content: object,
): string {
  return transientSealer.seal(JSON.stringify(content), context).toString('base64url');
}

function open(
  { transientSealer }: Pick<OidcContext, 'transientSealer'>,
  context: string,
  value: string,
): object | null {
  try {
    const opened = transientSealer.open(Buffer.from(value, 'base64url'), context);
    const content = JSON.parse(opened.toString('utf8')) as { readonly exp: number };
    return content.exp > nowInSeconds() ? content : null;
  } catch (error) {
    // Unavailable keys are an outage. A value that cannot be opened was not made here, or is too old.
    if (isAppError(error)) throw error;
    return null;
  }
}
