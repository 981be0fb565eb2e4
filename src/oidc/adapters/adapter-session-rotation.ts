import type { Provider } from 'oidc-provider';

import { refuseAfterOutage } from '../provider-errors.ts';
import { announceRotation } from '../../sessions/index.ts';

/**
 * Announces to `sessions/` that the destroyed id is replaced by a new one. The library destroys the old id and then
 * saves the session under the new one. Without the announcement the session would be missing in between, and there
 * would be two commits.
 */
export function adaptSessionClass(provider: Provider): void {
  const { prototype } = provider.Session;
  const { save, persist } = prototype;
  Object.assign(prototype, {
    save(this: InstanceType<Provider['Session']> & { readonly oldId?: string }, ttl: number) {
      if (this.oldId !== undefined) announceRotation(this.oldId);
      return save.call(this, ttl);
    },
    // The library calls this again after a failure, also for a session that was never saved. An error here would hide
    // the outage.
    persist(this: InstanceType<Provider['Session']>) {
      refuseAfterOutage();
      return persist.call(this);
    },
  });
}
