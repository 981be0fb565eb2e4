import type { Provider } from 'oidc-provider';

import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Logger } from '../platform/logger.ts';

const RETRY_MS = 1_000;

/**
 * The library reads scopes, claims and keys only at construction. When an administrator changes them on any node, every
 * node builds a new provider and then replaces the current one. Requests in progress keep their provider.
 */
export async function createProviderReloader(deps: {
  readonly feed: ChangeFeed;
  readonly log: Logger;
  readonly build: () => Promise<Provider>;
}) {
  const state = {
    provider: await deps.build(),
    isDue: false,
    rebuild: undefined as Promise<void> | undefined,
  };

  const rebuild = async (): Promise<void> => {
    while (state.isDue) {
      state.isDue = false;
      try {
        state.provider = await deps.build();
      } catch (error) {
        deps.log.warn({ err: error }, 'the provider could not be rebuilt; another attempt follows');
        state.isDue = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
    state.rebuild = undefined;
  };
  const onChange = () => {
    state.isDue = true;
    state.rebuild ??= rebuild();
  };
  deps.feed.subscribe('catalogue', onChange);
  deps.feed.subscribe('signing-keys', onChange);

  return {
    /** The provider in use at this moment. */
    current: () => state.provider,
    /** Waits until a pending rebuild is done. */
    settled: async () => {
      await state.rebuild;
    },
  };
}

export type ProviderReloader = Awaited<ReturnType<typeof createProviderReloader>>;
