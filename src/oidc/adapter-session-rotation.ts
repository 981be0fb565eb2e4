import type { Provider } from 'oidc-provider';

import { announceRotation } from '../sessions/index.ts';

/**
 * Tells the sessions that the id about to be destroyed gives way to a new one. The library destroys the old id and
 * then saves under the new one: written like that, the session would be away in between, and cost two commits.
 */
export function adaptSessionClass(provider: Provider): void {
  const { prototype } = provider.Session;
  const save = prototype.save;
  Object.assign(prototype, {
    save(this: InstanceType<Provider['Session']> & { readonly oldId?: string }, ttl: number) {
      if (this.oldId !== undefined) announceRotation(this.oldId);
      return save.call(this, ttl);
    },
  });
}
