import { timingSafeEqual } from 'node:crypto';

import { keyedIndex } from '../../platform/keys/encryption.ts';

/** `/a/b?c` on this origin: one slash, then no slash or backslash that a browser would take for a host. */
const LOCAL_PATH = /^\/(?![/\\])[^\s\\]*$/;

/** Carries the address to return to through a sign-in in the `state` parameter, signed, so that an attacker cannot change it. */
export function createReturnAddress(key: Buffer) {
  const signature = (path: string) => keyedIndex(key, path).toString('base64url');
  return {
    sign: (path: string): string => {
      const safe = LOCAL_PATH.test(path) ? path : '/account';
      return `${signature(safe)}.${Buffer.from(safe).toString('base64url')}`;
    },
    /** The path, or nothing if this server did not sign the state. */
    open: (state: string): string | undefined => {
      const [given = '', encoded = ''] = state.split('.');
      const path = Buffer.from(encoded, 'base64url').toString('utf8');
      const expected = Buffer.from(signature(path));
      const received = Buffer.from(given);
      const isOurs = expected.length === received.length && timingSafeEqual(expected, received);
      return isOurs && LOCAL_PATH.test(path) ? path : undefined;
    },
  };
}

export type ReturnAddress = ReturnType<typeof createReturnAddress>;
