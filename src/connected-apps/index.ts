/** connected-apps: the access that apps have to a person's values, how to change it, and the yearly check-up. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { findCheckUpTimes, readCheckUp, recordCheckUp } from './check-up.ts';
import { listConnectedApps, readConnectedApp } from './connected-app.ts';
import type { ConnectedAppsContext } from './context.ts';

/** Connects the use cases to their dependencies. */
export function createConnectedApps(ctx: ConnectedAppsContext) {
  return bindUseCases(ctx, {
    list: listConnectedApps,
    read: readConnectedApp,
    checkUp: readCheckUp,
    checkUpTimes: findCheckUpTimes,
    recordCheckUp,
  });
}

export type ConnectedApps = ReturnType<typeof createConnectedApps>;
