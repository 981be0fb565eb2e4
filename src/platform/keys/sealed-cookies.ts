import { isAppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import type { Sealer } from './encryption.ts';
import { currentRequest, type RequestContext } from '../request-context.ts';

/** A cookie, and the id to which its value is bound. */
export interface CookiePlace {
  readonly name: string;
  readonly path: string;
  /** A value that was sealed for another id or another name cannot be opened here. */
  readonly id: string;
}

/** Characters of a sealed value. Browsers drop cookies above 4 096 bytes with name and attributes (RFC 6265 §6.1). */
const LARGEST_COOKIE = 3_500;

interface Content {
  readonly value: object;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Server state that the browser keeps, encrypted and authenticated, so that the server stores nothing. The transient
 * keys are destroyed later than the longest cookie expires.
 */
export function createSealedCookies({
  transientSealer,
  clock,
}: {
  readonly transientSealer: Sealer;
  readonly clock: Clock;
}) {
  return {
    /**
     * Sets the cookie on the response; later reads in the same request return the new value.
     * @returns false, and sets nothing, when the sealed value would be larger than {@link LARGEST_COOKIE} or there is no request.
     */
    write(place: CookiePlace, value: object, lifetimeSeconds: number): boolean {
      const request = currentRequest();
      if (request === undefined) return false;
      const expiresAt = clock.now().getTime() + lifetimeSeconds * 1_000;
      const content: Content = { value, expiresAt };
      const sealed = transientSealer
        .seal(JSON.stringify(content), contextOf(place))
        .toString('base64url');
      if (sealed.length > LARGEST_COOKIE) return false;
      const { name, path } = place;
      request.cookies.write({ name, path, value: sealed, maxAgeSeconds: lifetimeSeconds });
      remember(request, place, value);
      return true;
    },
    /** The value, or undefined when the browser sent none, it has expired, or it was not sealed for this place. */
    read(place: CookiePlace): object | undefined {
      const request = currentRequest();
      const known = request?.memo.get(contextOf(place));
      if (typeof known === 'string') return JSON.parse(known) as object;
      const sealed = request?.cookies.read(place.name, place.path);
      if (request === undefined || sealed === undefined || sealed === '') return undefined;
      const content = open(transientSealer, sealed, place);
      if (content === undefined || content.expiresAt <= clock.now().getTime()) return undefined;
      remember(request, place, content.value);
      return content.value;
    },
    remove(place: CookiePlace): void {
      const request = currentRequest();
      request?.memo.delete(contextOf(place));
      request?.cookies.write({ name: place.name, path: place.path, value: '', maxAgeSeconds: 0 });
    },
  };
}

export type SealedCookies = ReturnType<typeof createSealedCookies>;

function contextOf({ name, id }: CookiePlace): string {
  return `cookie:${name}:${id}`;
}

// Text, because the library changes the objects that it receives.
function remember({ memo }: RequestContext, place: CookiePlace, value: object): void {
  memo.set(contextOf(place), JSON.stringify(value));
}

function open(transientSealer: Sealer, sealed: string, place: CookiePlace): Content | undefined {
  try {
    const opened = transientSealer.open(Buffer.from(sealed, 'base64url'), contextOf(place));
    return JSON.parse(opened.toString('utf8')) as Content;
  } catch (error) {
    // Unavailable keys are an outage. A value that cannot be opened was not set here.
    if (isAppError(error)) throw error;
    return undefined;
  }
}
