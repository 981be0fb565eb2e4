import type { FormValues } from '../http/routing/page-route.ts';
import { createSealedCookies } from '../platform/keys/sealed-cookies.ts';
import type { InteractionsContext } from './context.ts';

const NAME = 'consent-draft';
const LIFETIME_SECONDS = 3_600;

/**
 * The choices of a consent page that is not sent yet, while the person adds a value on another page. They are stored in the browser, encrypted
 * and bound to the sign-in, because they contain typed values. Choices that are too large for a cookie are not kept.
 */
export function createConsentDrafts(deps: Pick<InteractionsContext, 'transientSealer' | 'clock'>) {
  const cookies = createSealedCookies(deps);
  const placeOf = (uid: string) => ({ name: NAME, path: `/interaction/${uid}`, id: uid });
  return {
    keep: (uid: string, { decision: _decision, seen: _seen, ...choices }: FormValues): void => {
      cookies.write(placeOf(uid), choices, LIFETIME_SECONDS);
    },
    read: (uid: string): FormValues | undefined =>
      cookies.read(placeOf(uid)) as FormValues | undefined,
    remove: (uid: string): void => {
      if (cookies.read(placeOf(uid)) !== undefined) cookies.remove(placeOf(uid));
    },
  };
}
