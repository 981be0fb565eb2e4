import { sitePath } from '../http/pages/site-path.ts';
import { createSealedCookies } from '../platform/keys/sealed-cookies.ts';

type Sealing = Parameters<typeof createSealedCookies>[0];

/** The first page of a sign-in, as this browser keeps it for the pages after it. */
export interface TypedName {
  /** An e-mail, phone number or username. It was not looked up. */
  readonly identifier: string;
  /** The person wants to stay signed in. */
  readonly isRemembered: boolean;
}

const LIFE_SECONDS = 3_600;

/** Keeps the name for the next pages of this interaction, encrypted, so that every way of signing in can begin with it. */
export function keepTypedName(deps: Sealing, uid: string, typed: TypedName): void {
  createSealedCookies(deps).write(placeOf(uid), typed, LIFE_SECONDS);
}

/** The name that was typed in this interaction; undefined before. */
export function findTypedName(deps: Sealing, uid: string): TypedName | undefined {
  return createSealedCookies(deps).read(placeOf(uid)) as TypedName | undefined;
}

function placeOf(uid: string) {
  return { name: 'typed-name', path: sitePath`/interaction/${uid}`, id: uid };
}
