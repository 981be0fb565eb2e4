import type { Adapter } from 'oidc-provider';

/** An adapter whose methods all fail with `reason`; an adapter that allows some of them replaces those. */
export function refusingAdapter(reason: string): Adapter {
  const refuse = (): Promise<never> => Promise.reject(new Error(reason));
  return {
    upsert: refuse,
    find: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
