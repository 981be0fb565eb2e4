import type { Provider } from 'oidc-provider';

import { refuseAfterOutage } from '../provider-errors.ts';
import { announceRotation, type SignedInSession } from '../../sessions/index.ts';

/** A session in which a person is signed in. */
export interface SessionOfPerson extends SignedInSession {
  readonly accountId: string;
}

/** Seconds that a session is valid from now. */
type SecondsLeft = (session: SessionOfPerson) => Promise<number>;

/**
 * Announces to `sessions/` that the destroyed id is replaced by a new one. The library destroys the old id and then
 * saves the session under the new one. Without the announcement the session would be missing in between, and there
 * would be two commits.
 *
 * The lifetime of a session in which a person is signed in depends on the account, which the library's own setting cannot look
 * up: it is computed here at each save.
 */
export function adaptSessionClass(provider: Provider, secondsLeft: SecondsLeft): void {
  const { prototype } = provider.Session;
  const { save, persist } = prototype;
  Object.assign(prototype, {
    async save(this: InstanceType<Provider['Session']> & { readonly oldId?: string }, ttl: number) {
      const { accountId, loginTs, transient, oldId } = this;
      const isSignedIn = accountId !== undefined && loginTs !== undefined;
      const seconds = isSignedIn ? await secondsLeft({ accountId, loginTs, transient }) : ttl;
      if (oldId !== undefined) announceRotation(oldId);
      return save.call(this, Math.max(1, seconds));
    },
    // The library calls this again after a failure, also for a session that was never saved. An error here would hide
    // the outage.
    persist(this: InstanceType<Provider['Session']>) {
      refuseAfterOutage();
      return persist.call(this);
    },
  });
}
