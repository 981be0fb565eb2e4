import type { Provider } from 'oidc-provider';

import { refuseAfterOutage } from '../provider-errors.ts';
import { announceRotation } from '../../sessions/index.ts';

/**
 * Notes in `sessions/` that the id about to be destroyed is replaced by a new one. The library destroys the old id and
 * then saves under the new one: written like that, the session would be away in between, and cost two commits.
 */
export function adaptSessionClass(provider: Provider): void {
  const { prototype } = provider.Session;
  const { save, persist } = prototype;
  Object.assign(prototype, {
    save(this: InstanceType<Provider['Session']> & { readonly oldId?: string }, ttl: number) {
      if (this.oldId !== undefined) announceRotation(this.oldId);
      return save.call(this, ttl);
    },
    // Called once more after a failure, also for a session that was never saved: that error would hide the outage.
    persist(this: InstanceType<Provider['Session']>) {
      refuseAfterOutage();
      return persist.call(this);
    },
  });
}
